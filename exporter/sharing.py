"""A scrape is expensive: askers at the same time, in all workers of a replica, share one gathering."""

import fcntl
import json
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path

from exporter.exposition import Family

logger = logging.getLogger(__name__)

REUSE_SECONDS = 1.0


class BusyError(Exception):
    """Another gathering did not end in time."""


@dataclass(frozen=True)
class Gathering:
    """What was gathered, and whether nobody is missing; `patience` is how many seconds the replicas had."""

    families: list[Family]
    complete: bool
    patience: float


def shared(gather: Callable[[float], Gathering], patience: float, wait: float) -> list[Family]:
    """Return what `gather` returns for so much patience with the replicas, or what another asker got from it.

    What another got is taken for a second, where nobody who would have answered within this asker's patience can
    be missing from it. Waits at most `wait` seconds for another's gathering, then raises BusyError.
    """
    folder, arrival = _folder(), time.monotonic()
    with _lock(folder / "gathering.lock", wait):
        file = folder / "gathered.json"
        found = _fresh(file)
        if found and (found.complete or found.patience >= patience):
            return found.families
        gathering = gather(min(patience, arrival + wait - time.monotonic()))
        _keep(file, gathering)
        return gathering.families


def _fresh(file: Path) -> Gathering | None:
    try:
        taken, families, complete, patience = json.loads(file.read_text())
    except (OSError, ValueError):
        # There is none yet, or what a dying machine left of it.
        return None
    # The clock is the same in all processes since the machine started, which the folder may have seen before.
    if not 0 <= time.monotonic() - taken < REUSE_SECONDS:
        return None
    return Gathering([Family(*family) for family in families], complete, patience)


def _keep(file: Path, gathering: Gathering) -> None:
    unfinished = file.with_suffix(".unfinished")
    families = [astuple(family) for family in gathering.families]
    try:
        unfinished.write_text(json.dumps([time.monotonic(), families, gathering.complete, gathering.patience]))
        unfinished.rename(file)
    except OSError as error:
        # A full disk costs the others a gathering of their own, and nobody an answer.
        unfinished.unlink(missing_ok=True)
        logger.warning("A gathering cannot be shared: %s", error)


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
