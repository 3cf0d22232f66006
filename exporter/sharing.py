"""A scrape is expensive: askers at the same time, in all workers of a replica, share one gathering."""

import fcntl
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple
from functools import cache
from pathlib import Path

from exporter.exposition import Family

REUSE_SECONDS = 1.0


class BusyError(Exception):
    """Another gathering did not end in time."""


def shared(gather: Callable[[], list[Family]], wait: float) -> list[Family]:
    """Return what `gather` returns, or what another asker got from it less than a second ago.

    Waits at most `wait` seconds for a gathering under way, then raises BusyError.
    """
    folder = _folder()
    with _lock(folder / "gathering.lock", wait):
        file = folder / "gathered.json"
        families = _fresh(file)
        if families is None:
            families = gather()
            unfinished = file.with_suffix(".unfinished")
            content = [time.monotonic(), [astuple(family) for family in families]]
            unfinished.write_text(json.dumps(content))
            unfinished.rename(file)
        return families


def _fresh(file: Path) -> list[Family] | None:
    try:
        taken, families = json.loads(file.read_text())
    except FileNotFoundError:
        return None
    # The clock is the same in all processes since the machine started, which the folder may have seen before.
    if not 0 <= time.monotonic() - taken < REUSE_SECONDS:
        return None
    return [Family(*family) for family in families]


@contextmanager
def _lock(file: Path, wait: float) -> Iterator[None]:
    # Each asker opens the file itself: the lock then holds between threads as between processes,
    # and the kernel lifts it when a worker dies.
    deadline = time.monotonic() + wait
    with file.open("w") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise BusyError(f"A gathering under way did not end within {wait:.1f} s.") from None
                time.sleep(0.01)
        yield


def _folder() -> Path:
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    return Path(folder) if folder else _own_folder()


@cache
def _own_folder() -> Path:
    """A server that is one process alone, such as runserver, needs no folder for its counts."""
    return Path(tempfile.mkdtemp(prefix="homercovilha-"))
