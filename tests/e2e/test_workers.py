"""Workers share the connections, and a stop or a reload waits for no idle one and fails no request."""

import os
import signal
import time
from contextlib import ExitStack

import pytest

from tests.support.clients import GET, connect, connections, seconds_until_closed, wait_for
from tests.support.load import Load
from tests.support.servers import Gunicorn, get

SPREAD = 2


def test_connections_are_spread_over_the_workers_in_ten_runs(site: Gunicorn) -> None:
    spreads = []
    wait_for(lambda: _all_accept(site), "a worker accepts no connection")
    for run in range(10):
        with ExitStack() as stack:
            idle = [connections(worker) for worker in site.workers()]
            for _ in range(16):
                connection = stack.enter_context(connect(site))
                if run % 2:
                    # One after the other, and otherwise all at once.
                    connection.sendall(GET)
                    connection.recv(65536)
            workers = site.workers()
            wait_for(lambda: sum(map(connections, workers)) == 16 + sum(idle), "not all were accepted")  # noqa: B023 - called in this round.
            spreads.append([connections(worker) for worker in workers])
        wait_for(lambda: sum(map(connections, site.workers())) == 0, "connections were kept")
    print(f"\n{spreads}")
    assert all(abs(first - second) <= SPREAD + 2 for first, second in spreads)


@pytest.mark.usefixtures("static_files")
def test_worker_that_hangs_leaves_the_connections_to_the_others() -> None:
    with Gunicorn(WEB_CONCURRENCY="2") as server, ExitStack() as stack:
        wait_for(lambda: _all_accept(server), "a worker accepts no connection")
        wait_for(lambda: sum(map(connections, server.workers())) == 0, "connections were kept")
        hung = server.workers()[0]
        os.kill(hung, signal.SIGSTOP)
        stack.callback(os.kill, hung, signal.SIGCONT)
        # More than the first worker that accepts one may have without the other.
        opened = [stack.enter_context(connect(server, GET)) for _ in range(10)]
        assert all(connection.recv(65536).startswith(b"HTTP/1.1 200") for connection in opened)
        assert get(f"{server.internal_url}/livez").status == 200
        assert hung in server.workers(), "they were answered only when the arbiter had replaced the worker"


@pytest.mark.usefixtures("static_files")
def test_stop_answers_whom_it_can_and_waits_for_no_idle_connection() -> None:
    with Gunicorn(WEB_CONCURRENCY="2") as server, ExitStack() as stack:
        kept = [stack.enter_context(connect(server, GET)) for _ in range(8)]
        for connection in kept:
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
        begin = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=30) == 0
        assert time.monotonic() - begin < 15, "it waited for its graceful_timeout of 20 s"
        assert all(seconds_until_closed(connection, begin) < 30 for connection in kept)


class _SlowGunicorn(Gunicorn):
    module = "tests.e2e.slow_gunicorn"


@pytest.mark.usefixtures("static_files")
@pytest.mark.parametrize("step", ["fork", "start", "loop"])
def test_stop_does_not_wait_for_a_worker_that_is_starting(step: str) -> None:
    with _SlowGunicorn(WEB_CONCURRENCY="2", SLOW_STEP=step) as server:
        wait_for(lambda: len(server.workers()) == 2, "there is no second worker")
        begin = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(timeout=30) == 0
        assert time.monotonic() - begin < 15, "it waited for its graceful_timeout of 20 s"


@pytest.mark.usefixtures("static_files")
def test_reload_under_load_fails_no_request() -> None:
    with Gunicorn(WEB_CONCURRENCY="2") as server, Load(server.host, server.port, threads=4) as load:
        for _ in range(3):
            workers, total = set(server.workers()), load.total()
            os.kill(server.process.pid, signal.SIGHUP)
            wait_for(lambda: not workers & set(server.workers()), "the old workers stayed")  # noqa: B023 - called in this round.
            load.wait_for(lambda: load.total() > total + 50)  # noqa: B023 - called in this round.
    assert not load.failures


def _all_accept(site: Gunicorn) -> bool:
    with ExitStack() as stack:
        for _ in range(2 * (SPREAD + 1)):
            stack.enter_context(connect(site, GET)).recv(65536)
        found = [connections(worker) for worker in site.workers()]
    return len(found) == 2 and all(found)
