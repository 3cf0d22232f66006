"""Which slot a worker counts in: the lowest number that no live worker holds.

prometheus_client's multiprocess mode names a worker's files by its PID and never removes a dead worker's.
Here they are named by the worker's slot: a respawned worker goes on counting where the dead one stopped, and the number
of files does not grow.
"""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from gunicorn.errors import HaltServer
from prometheus_client import values

from exporter import conf
from exporter.multiprocess import Directory

_current = "arbiter"
_directory: Directory | None = None


def begin(path: Path | str | None = None, wait: float = 40, pod: str | None = None) -> Directory:
    """Count in the directory `path` (None: a temporary one) from here on; to be called before any metric is made.

    `wait` is how many seconds the workers of an earlier server may go on in it. Counts of another `pod` are removed:
    None is that of the settings, or the host's name if they are not loaded yet. gunicorn executes its configuration
    again on SIGHUP: then the directory in use is returned, because a second set of open files beside the first would
    overwrite its counts. Raises DirectoryError.
    """
    global _directory
    if _directory is None:
        pod = pod or (conf.current() if settings.configured else conf.Configuration()).pod
        _directory = Directory(Path(path) if path else None, wait, pod)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_directory.path)
        values.ValueClass = values.MultiProcessValue(lambda: _current)
    return _directory


def assign(arbiter: Any, worker: Any) -> None:
    """Give the worker that gunicorn's arbiter is about to fork its slot; end the server if its directory is gone."""
    if _directory and not _directory.path.is_dir():
        # The live workers count in files that nobody can read. Only a new start makes all counts visible again.
        raise HaltServer(f"The directory of the counts, {_directory.path}, is gone. Start the server again.")
    # The arbiter's own list of live workers shows which slots are held: a second list could be wrong.
    held = {other.slot for other in arbiter.WORKERS.values()}
    worker.slot = next(slot for slot in range(len(held) + 1) if slot not in held)


def enter(worker: Any) -> None:
    """Count in the worker's slot from here on; called in the worker after the fork. Raises DirectoryError."""
    global _current
    _current = str(worker.slot)
    begin().make_slot(worker.slot)
