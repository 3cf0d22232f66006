"""A killed arbiter leaves its workers behind: the next server waits for them and goes on with their counts."""

import signal
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.load import PAGES, Load
from tests.support.metrics import scrape, totals
from tests.support.servers import Gunicorn

KEPT = 8


@pytest.mark.usefixtures("static_files")
def test_counts_go_on_after_the_arbiter_was_killed_under_kept_connections(tmp_path: Path) -> None:
    environ = {"WEB_CONCURRENCY": "2", "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "counts")}
    with Gunicorn(log=tmp_path / "log", **environ) as server, ExitStack() as stack:
        with Load(server.host, server.port, threads=4) as load:
            load.wait_for(lambda: load.total() > 500)
            for _ in range(KEPT):
                kept = stack.enter_context(socket.create_connection((server.host, server.port)))
                kept.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                assert kept.recv(65536).startswith(b"HTTP/1.1 200")
            server.process.send_signal(signal.SIGKILL)
            server.process.wait()
            server.start()
            # It may have been an orphan that responded.
            load.wait_for(lambda: _has_workers(server))
            restarted = load.total()
            load.wait_for(lambda: load.total() > restarted + 500)
        counted = totals(scrape(f"{server.internal_url}/metrics"))
    print(f"\nanswered {dict(load.answered)}, failed {dict(load.failures)}, counted {dict(counted)}")
    for page in PAGES:
        for count in (counted[page], counted[f"{page} histogram"]):
            assert load.answered[page] <= count <= load.answered[page] + load.failed[page]


def _has_workers(server: Gunicorn) -> bool:
    assert server.process.poll() is None, "the next server gave up"
    return len(server.workers()) == 2
