"""A replica whose clock is ahead of Prometheus': the 0 at its time of creation must not come between its samples."""

import re
import time
from pathlib import Path

import pytest

from exporter.counts import CLOCK_MARGIN_SECONDS
from tests.support.metrics import scrape
from tests.support.prometheus import Prometheus
from tests.support.servers import Gunicorn, get

REQUESTS = 7


@pytest.mark.usefixtures("static_files")
def test_counter_of_a_replica_whose_clock_is_ahead_never_falls(tmp_path: Path) -> None:
    with Gunicorn(PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "counts")) as server:
        for _ in range(REQUESTS):
            get(f"{server.url}/covilha")
        job = {"job_name": "site", "static_configs": [{"targets": [f"{server.host}:{server.port}"]}]}
        with Prometheus(tmp_path / "prometheus", [job]) as prometheus:
            prometheus.wait_for("covilha_requests_total")
            # As if its clock had been so far ahead at its start that Prometheus reaches this moment only now.
            created = time.time() + 1
            (tmp_path / "counts/created").write_text(repr(created))
            exposed = re.findall(r"covilha_requests_created\{.*\} (.*)", scrape(f"{server.internal_url}/metrics"))
            assert [float(value) for value in exposed] == pytest.approx([created - CLOCK_MARGIN_SECONDS], abs=0.01)
            prometheus.wait_for(f"timestamp(covilha_requests_total) > {created + 1}")

            assert prometheus.value("resets(covilha_requests_total[10m])") == 0
