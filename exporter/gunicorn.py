"""What a site's gunicorn.conf.py needs: `begin`, and the hooks. docs/exporter.md shows it."""

import os
from typing import Any

from exporter import peers, slots
from exporter.multiprocess import DirectoryError
from exporter.slots import begin

__all__ = ["begin", "post_fork", "pre_fork", "when_ready"]

pre_fork = slots.assign


def post_fork(_arbiter: Any, worker: Any) -> None:
    """Count in the worker's slot, and note at which addresses the worker's replica can be reached."""
    slots.enter(worker)
    peers.listeners = [name[:2] for name in (each.getsockname() for each in worker.sockets) if isinstance(name, tuple)]


def when_ready(arbiter: Any) -> None:
    """Make the workers' files, two sets because a reload has old and new side by side. Raises DirectoryError."""
    if (user := arbiter.cfg.uid) != os.geteuid():
        problem = f"is not its workers': gunicorn's setting `user` makes them user {user}. Start gunicorn as that user"
        raise DirectoryError(begin().path, problem)
    begin().make_files(2 * arbiter.cfg.workers)
