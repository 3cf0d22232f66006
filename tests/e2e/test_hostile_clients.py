"""What a few hostile clients can do to a replica: nothing that takes its memory, its visitors or its log."""

import socket
import struct
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.conftest import LoggedSite
from tests.support.clients import GET, connect
from tests.support.processes import memory_megabytes
from tests.support.raw import send
from tests.support.servers import Gunicorn, get

POST = b"POST /covilha HTTP/1.1\r\nHost: 127.0.0.1\r\n"
MOST_MEGABYTES = 12


@pytest.mark.usefixtures("static_files")
def test_client_that_pipelines_without_end_takes_neither_memory_nor_the_site() -> None:
    with Gunicorn(WEB_CONCURRENCY="1") as site, connect(site) as connection:
        for _ in range(20):
            get(f"{site.url}/covilha")
        (worker,) = site.workers()
        megabytes = memory_megabytes(worker)[0]
        connection.settimeout(0.2)
        for _ in range(40):
            with suppress(TimeoutError):
                connection.sendall(GET.replace(b"/covilha", b"/healthz") * 10_000)
            assert get(f"{site.url}/covilha").status == 200
        grown = memory_megabytes(worker)[0] - megabytes
    print(f"\n{megabytes:.1f} MB of the worker's own grew by {grown:.1f} MB")
    assert grown < MOST_MEGABYTES


@pytest.mark.usefixtures("static_files")
def test_heads_without_an_end_keep_little_memory() -> None:
    fields = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 8000) for number in range(90))
    with Gunicorn(WEB_CONCURRENCY="1") as site:
        get(f"{site.url}/covilha")
        (worker,) = site.workers()
        megabytes = memory_megabytes(worker)[0]
        statuses = {send((site.host, site.port), GET[:-2] + fields).status for _ in range(5)}
        opened = [connect(site, GET[:-2] + fields[:50_000]) for _ in range(5)]
        assert {connection.recv(65536)[:13] for connection in opened} == {b"HTTP/1.1 431 "}
        for connection in opened:
            connection.close()
        # Whole at once, which is what proxies and browsers send.
        assert send((site.host, site.port), GET[:-2] + fields[:30_000] + b"X: b\r\n\r\n").status == 200
        assert memory_megabytes(worker)[0] - megabytes < MOST_MEGABYTES
    assert statuses == {431}


def test_length_with_thousands_of_digits_is_refused(site: LoggedSite) -> None:
    assert site.log
    begin = site.log.stat().st_size
    assert send((site.host, site.port), POST + b"Content-Length: " + b"1" * 5000 + b"\r\n\r\n").status == 400
    assert "Traceback" not in site.logged_since(begin)


@pytest.mark.parametrize("sent", [70_000, 69_999], ids=["whole", "without its end"])
def test_connection_goes_on_after_a_refused_body_only_if_it_was_whole(site: LoggedSite, sent: int) -> None:
    with connect(site, POST + b"Content-Length: 70000\r\n\r\n" + b"x" * sent) as connection:
        refusal = connection.recv(65536)
        assert refusal.startswith(b"HTTP/1.1 413 ")
        assert (b"\r\nconnection: close\r\n" in refusal.lower()) == (sent < 70_000)
        connection.sendall(GET)
        assert connection.recv(65536)[:13] == (b"HTTP/1.1 200 " if sent == 70_000 else b"")


def test_body_that_comes_after_long_pipelined_headers_is_read(site: LoggedSite) -> None:
    fields = b"".join(b"X-%d: %s\r\n" % (number, b"a" * 8000) for number in range(3))
    with connect(site, GET + POST + fields + b"Content-Length: 4\r\n\r\n") as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
        time.sleep(0.2)
        connection.sendall(b"body")
        received = b""
        while b"HTTP/1.1 4" not in received:
            received += connection.recv(65536)
    assert b"HTTP/1.1 405 " in received


@pytest.mark.usefixtures("static_files")
def test_client_that_resets_amid_its_requests_leaves_no_traceback(tmp_path: Path) -> None:
    with LoggedSite(log=tmp_path / "log", WEB_CONCURRENCY="1") as site:
        for _ in range(20):
            connection = connect(site, GET * 3)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        assert get(f"{site.url}/covilha").status == 200
        assert "Traceback" not in site.logged_since(0)
