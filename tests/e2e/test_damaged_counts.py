"""Damage to the counter files of a running server: visitors get their pages, and the next worker counts on."""

import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.metrics import scrape
from tests.support.servers import Gunicorn, get

PAGES = ("/", "/covilha", "/homersimpson")
DEADLINE_SECONDS = 60


def _kill_workers(server: Gunicorn) -> None:
    for worker in server.workers():
        os.kill(worker, signal.SIGKILL)


def _reload(server: Gunicorn) -> None:
    server.process.send_signal(signal.SIGHUP)


@pytest.mark.parametrize("replace", [_kill_workers, _reload])
def test_a_worker_that_takes_over_a_damaged_file_serves(tmp_path: Path, replace: Callable[[Gunicorn], None]) -> None:
    log, directory = tmp_path / "log", tmp_path / "counts"
    with Gunicorn(WEB_CONCURRENCY="2", PROMETHEUS_MULTIPROC_DIR=str(directory), log=log) as server:
        get(f"{server.url}/covilha")
        # Those of both workers, and of both that take over.
        for file in (*directory.glob("counter_?.db"), *directory.glob("histogram_?.db")):
            with file.open("r+b") as opened:
                opened.write(b"\xff\xff\xff\x7f" * 4)
        before = set(server.workers())
        replace(server)
        _wait_until(lambda: len(now := set(server.workers())) == 2 and not now & before, "new workers")

        _wait_until(lambda: {get(server.url + page).status for page in PAGES} == {200}, "pages")
        for page in PAGES * 10:
            assert get(server.url + page).status == 200
        assert 'covilha_requests_total{pod="' in scrape(f"{server.internal_url}/metrics")
    assert "is moved aside: its counts are lost" in log.read_text()


def test_a_server_without_its_directory_ends_when_a_worker_is_replaced(tmp_path: Path) -> None:
    log, directory = tmp_path / "log", tmp_path / "counts"
    # One worker: another could still be starting when the directory goes.
    with Gunicorn(WEB_CONCURRENCY="1", PROMETHEUS_MULTIPROC_DIR=str(directory), log=log) as server:
        get(f"{server.url}/covilha")
        shutil.rmtree(directory)
        # A gap in the samples, not a smaller number.
        assert get(f"{server.internal_url}/metrics").status == 500
        os.kill(server.workers()[0], signal.SIGKILL)
        assert server.process.wait(timeout=DEADLINE_SECONDS) == 1
        assert f"The directory of the counts, {directory}, is gone. Start the server again." in log.read_text()
        server.start()
        get(f"{server.url}/covilha")
        assert 'covilha_requests_total{pod="' in scrape(f"{server.internal_url}/metrics")


def _wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"no {what} within {DEADLINE_SECONDS} s"
        time.sleep(0.1)
