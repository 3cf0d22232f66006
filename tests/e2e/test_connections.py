"""What HTTP/1.1 says about connections and messages, where a server and its adapter can get it wrong."""

import re
import socket
import struct
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import LoggedSite
from tests.support.raw import request, send
from tests.support.servers import get

KEPT = b"Host: 127.0.0.1\r\n"


class Connection:
    """A connection on which several requests can be sent."""

    def __init__(self, site: LoggedSite) -> None:
        self.socket = socket.create_connection((site.host, site.port), timeout=20)
        self.file = self.socket.makefile("rb")

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def response(self, body: bool = True) -> tuple[int, dict[str, str], bytes]:
        """Return the next response: status, headers and body; `body` False after a HEAD."""
        status = int(self.file.readline().split()[1])
        headers = {}
        while (line := self.file.readline().strip()) != b"":
            name, _, value = line.decode().partition(": ")
            headers[name.lower()] = value
        return status, headers, self.file.read(int(headers.get("content-length", "0")) if body else 0)

    def is_closed(self) -> bool:
        return self.file.read(1) == b""

    def close(self) -> None:
        self.file.close()
        self.socket.close()


@pytest.fixture
def connection(site: LoggedSite) -> Iterator[Connection]:
    opened = Connection(site)
    yield opened
    opened.close()


def _get(path: str, headers: bytes = b"", method: str = "GET", version: str = "1.1") -> bytes:
    return f"{method} {path} HTTP/{version}\r\n".encode() + KEPT + headers + b"\r\n"


@pytest.mark.parametrize(
    ("target", "host", "status"), [("127.0.0.1", "elsewhere", 200), ("elsewhere", "127.0.0.1", 400)]
)
def test_host_of_an_absolute_target_replaces_the_header(site: LoggedSite, target: str, host: str, status: int) -> None:
    data = f"GET http://{target}/covilha HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    assert send((site.host, site.port), data).status == status


def test_absolute_target_reaches_every_path(site: LoggedSite) -> None:
    for path, status in (
        ("", 200),
        ("/", 200),
        ("/metrics", 200),
        ("/homersimpson?x=http://y/", 200),
        ("/nowhere", 404),
    ):
        assert send((site.host, site.port), request(f"GET http://127.0.0.1{path}".encode())).status == status


@pytest.mark.parametrize("path", ["/", "/covilha", "/metrics", "/static/pages/homer.svg", "/nowhere", "/healthz"])
def test_head_has_the_headers_of_get_and_no_body(connection: Connection, path: str) -> None:
    # Again where the clock goes on between the two: the page of another second may have another length.
    for _ in range(10):
        connection.send(_get(path, method="HEAD"))
        head = connection.response(body=False)
        connection.send(_get(path))
        status, headers, body = connection.response()
        assert head[0] == status
        assert headers["content-length"] == str(len(body))
        if path == "/metrics" or head[1]["content-length"] == headers["content-length"]:
            break
    else:
        pytest.fail(f"HEAD says {head[1]['content-length']} bytes, GET {headers['content-length']}")


def test_lines_of_one_header_are_joined(connection: Connection) -> None:
    connection.send(_get("/covilha", b"Accept: image/png\r\nAccept: text/plain\r\n"))
    assert connection.response()[1]["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    "body", [b"Content-Length: 3\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"]
)
def test_next_request_after_a_body_is_answered(connection: Connection, body: bytes) -> None:
    connection.send(b"POST /covilha HTTP/1.1\r\n" + KEPT + body)
    assert connection.response()[0] == 405
    connection.send(_get("/covilha"))
    assert connection.response()[0] == 200


def test_body_is_asked_for_when_the_client_waits(connection: Connection) -> None:
    connection.send(b"POST /covilha HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n" + KEPT + b"\r\n")
    assert connection.response()[0] == 100
    connection.send(b"abc")
    assert connection.response()[0] == 405


def test_body_that_is_too_large_is_not_asked_for(connection: Connection) -> None:
    connection.send(b"POST /covilha HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n" + KEPT + b"\r\n")
    assert connection.response()[0] == 413
    assert connection.is_closed()


def test_client_that_sends_a_body_that_is_too_large_reads_the_refusal(connection: Connection) -> None:
    size = 32 << 20
    connection.send(b"POST /covilha HTTP/1.1\r\nContent-Length: %d\r\n" % size + KEPT + b"\r\n")
    connection.send(bytes(size))
    assert connection.response()[0] == 413


def test_pipelined_requests_are_answered_in_order(connection: Connection) -> None:
    paths = ["/metrics", "/healthz", "/nowhere", "/covilha"] * 5
    connection.send(b"".join(_get(path, f"X-Request-ID: {n}\r\n".encode()) for n, path in enumerate(paths)))
    responses = [connection.response() for _ in paths]
    assert [response[0] for response in responses] == [200, 200, 404, 200] * 5
    assert [response[1]["x-request-id"] for response in responses] == [str(number) for number in range(len(paths))]


def test_pipelined_requests_are_answered_also_after_the_client_ended_its_side(connection: Connection) -> None:
    connection.send(_get("/covilha") + _get("/metrics") + _get("/healthz"))
    connection.socket.shutdown(socket.SHUT_WR)
    assert [connection.response()[0] for _ in range(3)] == [200, 200, 200]
    assert connection.is_closed()


def test_clients_that_leave_cost_nothing_but_their_own_response(site: LoggedSite) -> None:
    assert site.log
    position = site.log.stat().st_size
    for path in ("/covilha", "/metrics") * 10:
        leaving = Connection(site)
        # With this option, closing resets the connection.
        leaving.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        leaving.send(_get(path))
        leaving.close()
    assert get(f"{site.url}/covilha").status == 200
    assert "Traceback" not in site.logged_since(position)


def test_http_1_0_closes_unless_asked_to_stay(connection: Connection) -> None:
    connection.send(_get("/covilha", b"Connection: keep-alive\r\n", version="1.0"))
    assert connection.response()[0] == 200
    connection.send(_get("/metrics", version="1.0"))
    status, headers, body = connection.response()
    assert (status, headers["connection"]) == (200, "close")
    assert body.endswith(b"\n")
    assert connection.is_closed()


def test_static_file_in_part_and_not_modified(site: LoggedSite) -> None:
    path = re.findall(r'/static/pages/homer[^"]*\.svg', get(f"{site.url}/homersimpson").text)[0]
    whole = get(site.url + path)
    part = get(site.url + path, {"Range": "bytes=10-19"})
    assert (part.status, part.body) == (206, whole.body[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole.body)}"
    again = get(site.url + path, {"If-Modified-Since": whole.headers["last-modified"]})
    assert (again.status, again.body) == (304, b"")


def test_upgrade_is_ignored(connection: Connection) -> None:
    upgrade = b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    upgrade += b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
    connection.send(_get("/covilha", upgrade))
    assert connection.response()[0] == 200
