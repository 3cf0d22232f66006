"""gunicorn whose second worker stops for ten seconds before a step of its start: SLOW_STEP is fork, start or loop."""

import itertools
import os
import time
from collections.abc import Callable

from gunicorn.app.wsgiapp import run

_forks = itertools.count(1)


def _pause(step: str, second: bool) -> None:
    if second and step == os.environ["SLOW_STEP"]:
        time.sleep(10)


def _slow(step: str, method: Callable[..., None]) -> Callable[..., None]:
    def slow(worker: "Worker") -> None:
        _pause(step, worker.slot > 0)
        method(worker)

    return slow


# Before the worker's own hook, which its module registers.
os.register_at_fork(after_in_parent=lambda: next(_forks), after_in_child=lambda: _pause("fork", next(_forks) == 2))

from homercovilha.worker import Worker  # noqa: E402 - its hook is to be the second one.

if __name__ == "__main__":
    Worker.init_process = _slow("start", Worker.init_process)
    Worker.run = _slow("loop", Worker.run)
    run(prog="gunicorn")
