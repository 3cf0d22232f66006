"""A scrape costs the same however often workers were restarted."""

import os
import signal
import time
from pathlib import Path
from statistics import median

import pytest

from tests.support.metrics import scrape, series
from tests.support.processes import cpu_seconds
from tests.support.servers import Gunicorn, get

pytestmark = pytest.mark.long

RESTARTS = 250
ROUNDS, SCRAPES = 31, 10
MOST_GROWTH = 1.2


class _HastyGunicorn(Gunicorn):
    module = "tests.e2e.hasty_gunicorn"


@pytest.mark.usefixtures("static_files")
def test_a_scrape_after_many_restarts_costs_what_it_costs_after_none(tmp_path: Path) -> None:
    environ = {"WEB_CONCURRENCY": "1", "POD_NAME": "pod"}
    counts = str(tmp_path)
    with (
        Gunicorn(log=None, **environ) as fresh,
        _HastyGunicorn(log=None, **environ, PROMETHEUS_MULTIPROC_DIR=counts) as worn,
    ):
        _use(fresh)
        _use(worn)
        files = sorted(tmp_path.iterdir())
        _restart_workers(worn)
        _use(worn)
        # In turn, so that what else the machine does falls on both.
        growth = median([_cost(worn) / _cost(fresh) for _ in range(ROUNDS)])
        print(f"\nCPU of a scrape after {RESTARTS} restarts: {growth:.2f} times")
        assert growth <= MOST_GROWTH
        assert sorted(tmp_path.iterdir()) == files
        exposition, worn_exposition = (scrape(f"{server.internal_url}/metrics") for server in (fresh, worn))
        assert series(worn_exposition) == series(exposition)


def _use(server: Gunicorn) -> None:
    for _ in range(20):
        for page in ("", "homersimpson", "covilha"):
            get(f"{server.url}/{page}")


def _cost(server: Gunicorn) -> float:
    """Return the CPU seconds of one scrape."""
    workers = server.workers()
    begin = cpu_seconds(*workers)
    for _ in range(SCRAPES):
        get(f"{server.internal_url}/metrics")
    return (cpu_seconds(*workers) - begin) / SCRAPES


def _restart_workers(server: Gunicorn) -> None:
    """Kill the worker as soon as it has counted, again and again."""
    killed: set[int] = set()
    while len(killed) < RESTARTS:
        (pid,) = server.workers()
        os.kill(pid, signal.SIGKILL)
        killed.add(pid)
        while server.workers() in ([], [pid]) or not _answers(server):
            time.sleep(0.001)


def _answers(server: Gunicorn) -> bool:
    try:
        return get(f"{server.url}/homersimpson").status == 200
    except OSError:
        return False
