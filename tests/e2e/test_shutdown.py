"""SIGTERM lets the requests in flight be answered, and ends with exit code 0."""

import signal
import threading
import time
from pathlib import Path

import pytest

from tests.support.load import Load
from tests.support.metrics import scrape, totals
from tests.support.servers import Answer, Gunicorn, get


@pytest.mark.usefixtures("static_files")
def test_requests_in_flight_are_answered(tmp_path: Path) -> None:
    answers: list[Answer] = []
    environ = {"WEB_CONCURRENCY": "2", "WEB_THREADS": "8", "DJANGO_SETTINGS_MODULE": "tests.e2e.failing_settings"}
    with Gunicorn(log=tmp_path / "log", **environ) as server:
        askers = [threading.Thread(target=lambda: answers.append(get(f"{server.url}/long"))) for _ in range(6)]
        for asker in askers:
            asker.start()
        deadline = time.monotonic() + 60
        while (tmp_path / "log").read_text().count('"begun"') < len(askers):
            assert time.monotonic() < deadline, "not all requests were begun"
            time.sleep(0.01)
        server.process.send_signal(signal.SIGTERM)
        for asker in askers:
            asker.join()
        assert server.process.wait(timeout=30) == 0
    assert [answer.text for answer in answers] == ["done"] * 6
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.usefixtures("static_files")
@pytest.mark.parametrize("keep_alive", [True, False])
def test_under_load_what_was_answered_was_counted(tmp_path: Path, keep_alive: bool) -> None:
    environ = {"WEB_CONCURRENCY": "2", "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "counts")}
    with Gunicorn(log=tmp_path / "log", **environ) as server:
        with Load(server.host, server.port, threads=4, keep_alive=keep_alive) as load:
            load.wait_for(lambda: load.total() > 500)
            assert server.stop() == 0
            answered, failed = load.answered.copy(), load.failed.copy()
        server.start()
        counted = totals(scrape(f"{server.internal_url}/metrics"))
    # A plain OSError is an answer other than 200; connections may be refused or closed.
    assert not load.failures["OSError"]
    for page, count in answered.items():
        assert count <= counted[page] <= count + failed[page]
    assert not _errors(tmp_path / "log")


def _errors(log: Path) -> list[str]:
    return [line for line in log.read_text().splitlines() if "Traceback" in line or '"ERROR"' in line]
