"""What a replica's workers share: small files, and scrapes of the peers, as group commit shares writes to a disk."""

import atexit
import fcntl
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial
from pathlib import Path

logger = logging.getLogger(__name__)

# How many seconds the peers may take. A caller waits for the rest of a scrape under way and for the next one, but only
# for those of callers with the same timeout: a client with a short timeout never waits for another's long one.
TIMEOUTS = (2.0, 1.0, 0.3, 0.1)
_POLL_SECONDS = 0.01


class BusyError(Exception):
    """A scrape by another caller did not end in time."""


def directory() -> Path:
    """Return the directory of this replica's counts, or a temporary one if this process is alone, as with runserver."""
    return Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR") or temporary_directory())


@cache
def temporary_directory() -> Path:
    """Return a directory of this process, which is removed when it ends."""
    path = Path(tempfile.mkdtemp(prefix="metrics-"))
    remove = partial(shutil.rmtree, path, ignore_errors=True)
    atexit.register(remove)
    # A worker, which is a copy of the process that made the directory, must not remove it.
    os.register_at_fork(after_in_child=lambda: atexit.unregister(remove))
    return path


def try_lock(descriptor: int) -> bool:
    """Return whether the file is now locked by this descriptor; the kernel releases it when the last copy is closed."""
    with suppress(BlockingIOError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def replace(file: Path, content: bytes) -> None:
    """Replace a file at once; if the disk is full, log it and go on without the file."""
    unfinished = file.with_suffix(".unfinished")
    try:
        unfinished.write_bytes(content)
        unfinished.rename(file)
    except OSError as error:
        logger.warning("%s cannot be shared with the other workers: %s", file, error)
        with suppress(OSError):
            unfinished.unlink()


def prepare(directory: Path) -> None:
    """Make the locks of a directory that a server begins to use, and remove results of an earlier one."""
    for timeout in TIMEOUTS:
        _file(directory, timeout).unlink(missing_ok=True)
        # Made now, so that a full disk later does not prevent locking.
        _file(directory, timeout).with_suffix(".lock").touch()


def shared(scrape: Callable[[float], bytes], timeout: float, arrival: float, wait: float, spacing: float) -> bytes:
    """Return what `scrape(timeout)` returns to this caller or to another one, begun after `arrival`.

    One scrape with the same timeout runs at a time; callers who arrive meanwhile share the next one. So the result
    contains everything that was counted before `arrival`, however long the caller had to wait. Scrapes begin at least
    `spacing` seconds apart. Raises BusyError if another caller's scrape does not end within `wait` seconds.
    """
    file = _file(directory(), timeout)
    # Each caller opens the file itself, so the lock works between threads and processes alike.
    with file.with_suffix(".lock").open("w") as lock:
        while True:
            is_mine = try_lock(lock.fileno())
            begin, body = _stored(file, arrival)
            if body is not None:
                return body
            if is_mine:
                break
            if time.monotonic() > arrival + wait:
                raise BusyError(f"Another scrape did not end within {wait:.1f} s.")
            time.sleep(_POLL_SECONDS)
        # Callers who arrive during this wait share the scrape that follows.
        time.sleep(min(max(begin + spacing - time.monotonic(), 0), spacing))
        begin = time.monotonic()
        body = scrape(timeout)
        replace(file, f"{begin!r}\n".encode() + body)
        return body


def _file(directory: Path, timeout: float) -> Path:
    return directory / f"scrape-{timeout}.result"


def _stored(file: Path, since: float) -> tuple[float, bytes | None]:
    """Return when the last scrape began, and its result if that was not before `since`.

    The monotonic clock is the same in all processes since the machine started; the file may be older than that.
    """
    with suppress(OSError, ValueError), file.open("rb") as stored:
        begin = float(stored.readline())
        return begin, stored.read() if since <= begin <= time.monotonic() else None
    return 0.0, None
