"""The directory in which all workers of a replica count, as in PROMETHEUS_MULTIPROC_DIR."""

import logging
import math
import os
import time
from contextlib import suppress
from pathlib import Path

from prometheus_client.mmap_dict import MmapedDict

from exporter import sharing
from exporter.counts import DAMAGES, creation_time, expected, parse, read_file

logger = logging.getLogger(__name__)

# Metric types in use. Their files are made at the start, for every slot, so that the set never changes.
FILE_TYPES = ("counter", "histogram")
# Room for all the series that there can be: about 900 in the histogram, by 14 views and methods, of 250 bytes.
FILE_BYTES = 1 << 18


class DirectoryError(SystemExit):
    """The directory cannot hold counts. As a SystemExit it ends the start of gunicorn with its sentence."""

    def __init__(self, path: Path | None, problem: str) -> None:
        super().__init__(f"The directory of the counts, {path or 'a temporary one'}, {problem}.")
        self.problem = problem


class Directory:
    """A directory of counts that belongs to this server alone, until it ends.

    `path` None makes a temporary one, which is removed when this process ends. Counts of an earlier server in it stay,
    live gauges do not. If the directory is made here, only this user can read it; the permissions of an existing one
    stay as they are.
    Counts of another pod than `pod` are removed: they are known under that pod's name. "" is any pod.
    Raises DirectoryError if it cannot be written, or if another server still counts in it after `wait` seconds.
    """

    def __init__(self, path: Path | None, wait: float, pod: str = "") -> None:
        try:
            self.path = path or sharing.temporary_directory()
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock(wait)
            self._clear(pod)
            sharing.prepare(self.path)
        except OSError as error:
            problem = f"cannot be written ({error}). Name a directory that this user may write"
            raise DirectoryError(path, problem) from error

    def make_files(self, slots: int) -> None:
        """Make the files of that many slots; from here on, a file that is missing is known to be lost."""
        for slot in range(slots):
            self.make_slot(slot)
        expected.update(file for file in self.path.glob("*.db") if not file.name.startswith("gauge"))

    def make_slot(self, slot: int) -> None:
        """Make a slot's files, with room for every series, and in the place of damaged ones new ones.

        Raises DirectoryError if there is no room.
        """
        try:
            for file_type in FILE_TYPES:
                file = self.path / f"{file_type}_{slot}.db"
                self._move_aside_if_damaged(file)
                with file.open("ab") as reserved:
                    # A worker that wrote into a page for which the disk has no room would be killed.
                    os.posix_fallocate(reserved.fileno(), 0, FILE_BYTES)
                MmapedDict(str(file)).close()
        except OSError as error:
            problem = f"has no room ({error}). It needs {FILE_BYTES * len(FILE_TYPES)} bytes for each slot"
            raise DirectoryError(self.path, problem) from error

    def _lock(self, wait: float) -> None:
        # The workers inherit the descriptor: the lock is held until the last of them is gone,
        # so no new server shares a slot with a worker of the last one.
        descriptor = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        deadline = time.monotonic() + wait
        while not sharing.try_lock(descriptor):
            if time.monotonic() > deadline:
                os.close(descriptor)
                raise DirectoryError(self.path, "belongs to another server that is running. Give each server its own")
            time.sleep(0.1)

    def _clear(self, pod: str) -> None:
        for file in self.path.glob("gauge_live*.db"):
            # Its value was valid only while the last server ran.
            file.unlink()
        created, owner = self.path / "created", self.path / "pod"
        former = owner.read_text(errors="replace") if owner.exists() else ""
        if pod and former not in {"", pod}:
            logger.warning("%s has the counts of the pod %s, not of %s: they are removed", self.path, former, pod)
            for file in (created, *self.path.glob("*.db")):
                file.unlink(missing_ok=True)
        for file in (created, *self.path.glob("*.db")):
            self._move_aside_if_damaged(file)
        # Counts that are there already began at an unknown time: another one would be a false reset.
        if not created.exists() and not any(self.path.glob("*.db")):
            sharing.replace(created, repr(time.time()).encode())
        if pod:
            sharing.replace(owner, pod.encode())

    def _move_aside_if_damaged(self, file: Path) -> None:
        try:
            if file.suffix != ".db":
                creation_time(self.path)
            elif file.exists() or file in expected:
                _check(file)
        except DAMAGES as error:
            # One broken file must not keep the site down, nor the counts in the others from being served.
            logger.warning("%s cannot be read and is moved aside: its counts are lost (%s)", file, error)
            with suppress(FileNotFoundError):
                file.rename(file.with_suffix(".broken"))


def _check(file: Path) -> None:
    """Raise one of DAMAGES unless prometheus_client can read the counts in the file, and go on counting in it."""
    for key, value in read_file(file):
        parse(key)
        if not math.isfinite(value) or (value < 0 and file.name.startswith("counter")):
            raise ValueError(f"{key} has the value {value}")
