"""Clients get only so long and so many connections, workers share these, and a stop does not wait for idle ones."""

import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.e2e.impatient_gunicorn import (
    BODY_SECONDS,
    CLOSE_SECONDS,
    CONNECTIONS,
    HEAD_SECONDS,
    KEEPALIVE_SECONDS,
    RESPONSE_SECONDS,
)
from tests.support.attack import HALF_BODY, HALF_HEAD
from tests.support.load import Load
from tests.support.servers import Gunicorn, get

GET = b"GET /covilha HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
SPREAD = 2


class Impatient(Gunicorn):
    """A site that soon loses patience with its clients."""

    module = "tests.e2e.impatient_gunicorn"


@pytest.fixture(scope="module")
def impatient(static_files: Path) -> Iterator[Gunicorn]:  # noqa: ARG001 - it collects what a site needs.
    """Yield a site with one worker that soon loses patience with its clients."""
    with Impatient(WEB_CONCURRENCY="1") as server:
        yield server


def connect(site: Gunicorn, data: bytes = b"") -> socket.socket:
    """Return a new connection to the site on which `data` was sent."""
    connection = socket.create_connection((site.host, site.port), timeout=30)
    connection.sendall(data)
    return connection


def _seconds_until_closed(connection: socket.socket, begin: float) -> float:
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return time.monotonic() - begin


@pytest.mark.parametrize(
    ("data", "seconds"),
    [(b"", HEAD_SECONDS), (HALF_HEAD, HEAD_SECONDS), (GET, KEEPALIVE_SECONDS), (GET + HALF_HEAD, KEEPALIVE_SECONDS)],
    ids=["nothing", "half a head", "an idle connection", "half of the next head"],
)
def test_connection_that_brings_no_request_is_closed(impatient: Gunicorn, data: bytes, seconds: float) -> None:
    begin = time.monotonic()
    with connect(impatient, data) as connection:
        assert seconds <= _seconds_until_closed(connection, begin) < 30


def test_head_that_drips_gets_no_more_time(impatient: Gunicorn) -> None:
    begin = time.monotonic()
    with connect(impatient, GET) as connection:
        assert connection.recv(65536)
        try:
            for byte in HALF_HEAD:
                connection.sendall(bytes([byte]))
                time.sleep(HEAD_SECONDS / 2)
        except ConnectionError:
            pass
        else:
            raise AssertionError("the whole head could be sent")
        assert time.monotonic() - begin >= HEAD_SECONDS


def test_body_that_does_not_come_is_refused(impatient: Gunicorn) -> None:
    begin = time.monotonic()
    with connect(
        impatient, b"POST /covilha HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nhalf"
    ) as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 408 ")
        assert BODY_SECONDS <= _seconds_until_closed(connection, begin) < 30


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_client_that_reads_nothing_is_let_go(impatient: Gunicorn, method: bytes) -> None:
    (worker,) = impatient.workers()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((impatient.host, impatient.port))
        connection.settimeout(0.1)
        with suppress(TimeoutError):
            connection.sendall(GET.replace(b"GET", method) * 40_000)
        wait_for(lambda: connections(worker) > 0, "the connection was not accepted")
        wait_for(lambda: connections(worker) == 0, "the connection was kept", RESPONSE_SECONDS + 30)


def test_client_that_does_not_close_is_let_go(impatient: Gunicorn) -> None:
    begin = time.monotonic()
    with connect(impatient, GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")) as connection:
        assert connection.recv(65536)
        wait_for(lambda: connections(impatient.workers()[0]) == 0, "the connection was kept")
        assert time.monotonic() - begin >= CLOSE_SECONDS
        assert _seconds_until_closed(connection, begin) < 30


def test_longest_waiting_connections_make_room(impatient: Gunicorn) -> None:
    with ExitStack() as stack:
        for _ in range(3 * CONNECTIONS):
            stack.enter_context(connect(impatient, HALF_HEAD))
            if _ % CONNECTIONS == 0:
                assert get(f"{impatient.url}/covilha").status == 200
        assert get(f"{impatient.internal_url}/livez").status == 200
        assert connections(impatient.workers()[0]) <= CONNECTIONS


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
            wait_for(lambda: sum(map(connections, workers)) == 16 + sum(idle), "not all were accepted")  # noqa: B023
            spreads.append([connections(worker) for worker in workers])
        wait_for(lambda: sum(map(connections, site.workers())) == 0, "connections were kept")
    print(f"\n{spreads}")
    assert all(abs(first - second) <= SPREAD + 2 for first, second in spreads)


def test_half_sent_bodies_make_room_too(impatient: Gunicorn) -> None:
    (worker,) = impatient.workers()
    with ExitStack() as stack:
        for _ in range(2 * CONNECTIONS):
            stack.enter_context(connect(impatient, HALF_BODY))
        visitor = stack.enter_context(connect(impatient, GET))
        assert visitor.recv(65536).startswith(b"HTTP/1.1 200")
        for _ in range(CONNECTIONS):
            stack.enter_context(connect(impatient, HALF_BODY))
        assert get(f"{impatient.internal_url}/livez").status == 200
        assert connections(worker) <= CONNECTIONS
        visitor.sendall(GET)
        assert visitor.recv(65536), "a visitor's connection was closed for them"


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
        assert all(_seconds_until_closed(connection, begin) < 30 for connection in kept)


@pytest.mark.usefixtures("static_files")
def test_reload_under_load_fails_no_request() -> None:
    with Gunicorn(WEB_CONCURRENCY="2") as server, Load(server.host, server.port, threads=4) as load:
        for _ in range(3):
            workers, total = set(server.workers()), load.total()
            os.kill(server.process.pid, signal.SIGHUP)
            wait_for(lambda: not workers & set(server.workers()), "the old workers stayed")  # noqa: B023
            load.wait_for(lambda: load.total() > total + 50)  # noqa: B023
    assert not load.failures


def _all_accept(site: Gunicorn) -> bool:
    with ExitStack() as stack:
        for _ in range(2 * (SPREAD + 1)):
            stack.enter_context(connect(site, GET)).recv(65536)
        found = [connections(worker) for worker in site.workers()]
    return len(found) == 2 and all(found)


def connections(worker: int) -> int:
    """Return how many clients the worker has a connection with."""
    established = {
        line.split()[9]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[3] in ("01", "04", "05", "08")
    }
    found = set()
    for descriptor in Path(f"/proc/{worker}/fd").iterdir():
        try:
            target = str(descriptor.readlink())
        except FileNotFoundError:
            continue
        found.add(target.removeprefix("socket:[").removesuffix("]"))
    return len(established & found)


def wait_for(condition: Callable[[], bool], sentence: str, seconds: float = 30) -> None:
    """Return when the condition holds; fail with the sentence if it does not in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, sentence
        time.sleep(0.02)
