"""Clients get only so long for each step, and only so many connections."""

import socket
import time
from collections.abc import Iterator
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
from tests.support.clients import GET, connect, connections, seconds_until_closed, wait_for
from tests.support.servers import Gunicorn, get


class Impatient(Gunicorn):
    """A site that soon loses patience with its clients."""

    module = "tests.e2e.impatient_gunicorn"


@pytest.fixture(scope="module")
def impatient(static_files: Path) -> Iterator[Gunicorn]:
    """Yield a site with one worker that soon loses patience with its clients."""
    with Impatient(WEB_CONCURRENCY="1") as server:
        yield server


@pytest.mark.parametrize(
    ("data", "seconds"),
    [(b"", HEAD_SECONDS), (HALF_HEAD, HEAD_SECONDS), (GET, KEEPALIVE_SECONDS), (GET + HALF_HEAD, KEEPALIVE_SECONDS)],
    ids=["nothing", "half a head", "an idle connection", "half of the next head"],
)
def test_connection_that_brings_no_request_is_closed(impatient: Gunicorn, data: bytes, seconds: float) -> None:
    begin = time.monotonic()
    with connect(impatient, data) as connection:
        assert seconds <= seconds_until_closed(connection, begin) < 30


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
        assert BODY_SECONDS <= seconds_until_closed(connection, begin) < 30


@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_client_that_sends_and_reads_nothing_is_let_go(impatient: Gunicorn, method: bytes) -> None:
    (worker,) = impatient.workers()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect((impatient.host, impatient.port))
        connection.settimeout(0.1)
        wait_for(lambda: connections(worker) > 0, "the connection was not accepted")

        def is_gone() -> bool:
            with suppress(TimeoutError, ConnectionError):
                connection.send(GET.replace(b"GET", method) * 1000)
            return connections(worker) == 0

        wait_for(is_gone, "the connection was kept", RESPONSE_SECONDS + 120)


@pytest.mark.parametrize(
    "data",
    [GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), GET],
    ids=["after the last response", "after the idle timeout"],
)
def test_client_that_does_not_close_is_let_go(impatient: Gunicorn, data: bytes) -> None:
    begin = time.monotonic()
    with connect(impatient, data) as connection:
        assert connection.recv(65536)
        wait_for(lambda: connections(impatient.workers()[0]) == 0, "the connection was kept")
        assert time.monotonic() - begin >= CLOSE_SECONDS
        assert seconds_until_closed(connection, begin) < 30


def test_longest_waiting_connections_make_room(impatient: Gunicorn) -> None:
    with ExitStack() as stack:
        for _ in range(3 * CONNECTIONS):
            stack.enter_context(connect(impatient, HALF_HEAD))
            if _ % CONNECTIONS == 0:
                assert get(f"{impatient.url}/covilha").status == 200
        assert get(f"{impatient.internal_url}/livez").status == 200
        assert connections(impatient.workers()[0]) <= CONNECTIONS


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
