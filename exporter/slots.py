"""Slots, not PIDs: a respawned worker goes on counting where the dead one stopped.

prometheus_client's multiprocess mode names a worker's files by its PID and never removes a dead worker's.
Here a worker has a slot, the lowest number that no live worker holds, and its files are named by that:
no count is lost, and the number of files does not grow.
"""

import os
from pathlib import Path
from typing import Any

from prometheus_client import values

from exporter.multiprocess import Folder

_current_slot = "arbiter"
_folder: Folder | None = None


def begin(path: Path | None) -> Folder:
    """Count in the folder `path` (None: a temporary one) from here on; before any metric is made.

    gunicorn executes its configuration again on SIGHUP: then the folder in use is returned, because a second
    set of open files beside the first would overwrite its counts. Raises multiprocess.FolderError.
    """
    global _folder
    if _folder is None:
        _folder = Folder(path)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_folder.path)
        values.ValueClass = values.MultiProcessValue(lambda: _current_slot)
    return _folder


def assign(arbiter: Any, worker: Any) -> None:
    """Give the worker that gunicorn's arbiter is about to fork its slot.

    The arbiter's own list of live workers says which slots are held: a second list could be wrong.
    """
    held = {other.slot for other in arbiter.WORKERS.values()}
    worker.slot = next(slot for slot in range(len(held) + 1) if slot not in held)


def enter(_arbiter: Any, worker: Any) -> None:
    """Count in the worker's slot from here on; called in the worker after the fork."""
    global _current_slot
    _current_slot = str(worker.slot)
