"""The folder in which all workers of a replica keep their counts."""

import fcntl
import json
import logging
import math
import os
import shutil
import struct
import tempfile
import time
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict

logger = logging.getLogger(__name__)

# A restart may come before the last server's workers have noticed that their arbiter is gone.
LOCK_DEADLINE_SECONDS = 10.0
# Prometheus puts a 0 at `_created`. If this machine's clock is ahead of Prometheus' by more than the time to the first
# scrape, the 0 comes between two samples and looks like a reset. Before the first sample there is room for it.
CLOCK_MARGIN_SECONDS = 60.0
# Types of metric in use. Their files are made at the start, for every slot, so that the set never changes.
FILE_TYPES = ("counter", "histogram")
# Room for all the series that there can be: about 900 in the histogram, by 14 views and methods, of 250 bytes.
FILE_BYTES = 1 << 18


class FolderError(Exception):
    """The folder cannot hold counts; the message says why and what to do."""


class Folder:
    """A folder of counts that belongs to this server alone, until it ends.

    `path` None makes a temporary one. Counts of an earlier server in it stay, live gauges do not.
    Raises FolderError where it cannot be written or another server counts in it.
    """

    def __init__(self, path: Path | None) -> None:
        self.temporary = path is None
        try:
            self.path = path or Path(tempfile.mkdtemp(prefix="homercovilha-metrics-"))
            self.path.mkdir(parents=True, exist_ok=True)
            self._lock()
            self._clear()
            self._record_creation()
        except OSError as error:
            raise FolderError(f"cannot be written ({error}). Name a folder that this user may write") from error

    def make_files(self, slots: int) -> None:
        """Make the files of that many slots, with room for every series; raises FolderError where there is none."""
        try:
            for file_type in FILE_TYPES:
                for slot in range(slots):
                    file = self.path / f"{file_type}_{slot}.db"
                    with file.open("ab") as reserved:
                        # A worker that wrote into a page for which the disk has no room would be killed.
                        os.posix_fallocate(reserved.fileno(), 0, FILE_BYTES)
                    MmapedDict(str(file)).close()
        except OSError as error:
            raise FolderError(
                f"has no room ({error}). It needs {FILE_BYTES * slots * len(FILE_TYPES)} bytes"
            ) from error

    def remove_if_temporary(self) -> None:
        """Remove a temporary folder, when its server ends; a given one stays with its counts."""
        if self.temporary:
            shutil.rmtree(self.path, ignore_errors=True)

    def _lock(self) -> None:
        # The workers inherit the descriptor: the lock is held until the last of them is gone,
        # so no new server shares a slot with a worker of the last one.
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + LOCK_DEADLINE_SECONDS
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise FolderError("belongs to another server that is running. Give each server its own") from None
                time.sleep(0.1)
            else:
                return

    def _clear(self) -> None:
        # What was true only as long as the last server ran.
        for file in (*self.path.glob("gauge_live*.db"), *self.path.glob("gathered.*")):
            file.unlink()
        for file in self.path.glob("*.db"):
            try:
                _check(file)
            except (RuntimeError, struct.error, UnicodeDecodeError, ValueError):
                # One broken file must not keep the site down, nor the counts in the others from being told.
                logger.exception("%s cannot be read and is put aside: its counts are lost", file)
                file.rename(file.with_suffix(".broken"))

    def _record_creation(self) -> None:
        file = self.path / "created"
        if not file.exists():
            unfinished = self.path / "created.unfinished"
            unfinished.write_text(repr(time.time()))
            unfinished.rename(file)


def _check(file: Path) -> None:
    """Raise an error unless prometheus_client can read the counts in the file, and go on counting in it."""
    with file.open("rb") as content:
        used = struct.unpack("i", content.read(4))[0]
    if not 0 <= used <= file.stat().st_size:
        raise ValueError(f"it says that {used} of its bytes are used")
    for key, value, *_ in MmapedDict.read_all_values_from_file(str(file)):
        json.loads(key)
        if not math.isfinite(value):
            raise ValueError(f"{key} has the value {value}")


def creation_time(path: Path) -> float:
    """Return a time, in seconds since 1970, at which the counts in the folder were still 0, by any clock."""
    return float((path / "created").read_text()) - CLOCK_MARGIN_SECONDS
