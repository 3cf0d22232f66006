"""Many workers, one count: what was answered was counted, whatever happens to the workers."""

import os
import random
import signal
import time
from pathlib import Path

import pytest

from tests.support.load import PAGES, Load
from tests.support.metrics import scrape, totals
from tests.support.servers import Gunicorn

pytestmark = pytest.mark.long

REQUESTS = 50_000
KILLS, RELOADS = 20, 3


@pytest.mark.usefixtures("static_files")
def test_counts_are_exact_through_kills_reloads_and_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "counts"
    environ = {"WEB_CONCURRENCY": "2", "WEB_THREADS": "4", "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    with Gunicorn(log=tmp_path / "log", **environ) as server:
        before = sorted(file.name for file in folder.iterdir())
        faults = ["kill"] * KILLS + ["reload"] * RELOADS + ["restart"]
        random.shuffle(faults)
        with Load(server.host, server.port, threads=8, requests=REQUESTS) as load:
            for number, fault in enumerate(faults, start=1):
                due = number * (REQUESTS - 2_000) // len(faults)
                load.wait_for(lambda due=due: load.total() + load.failed.total() >= due)  # type: ignore[misc] # A default.
                if fault == "kill":
                    os.kill(random.choice(_two_workers(server)), signal.SIGKILL)
                elif fault == "reload":
                    server.process.send_signal(signal.SIGHUP)
                else:
                    assert server.stop() == 0
                    server.start()
        counted = totals(scrape(f"{server.internal_url}/metrics"))
        after = sorted(file.name for file in folder.iterdir())

    print(
        f"\nanswered {dict(load.answered)}, failed {dict(load.failures)}, counted {dict(counted)}, files {len(after)}"
    )
    assert load.answered.total() + load.failed.total() == REQUESTS
    assert load.answered.total() > 0.9 * REQUESTS
    for page in PAGES:
        for count in (counted[page], counted[f"{page} histogram"]):
            assert load.answered[page] <= count <= load.answered[page] + load.failed[page]
    assert after == before


def _two_workers(server: Gunicorn) -> list[int]:
    """Return the workers when both are there again: a kill while one is away would be no second fault."""
    deadline = time.monotonic() + 20
    while len(workers := server.workers()) < 2:
        assert time.monotonic() < deadline, "a killed worker was not replaced"
        time.sleep(0.01)
    return workers
