"""Peers that are not what they should be: real socket servers, each wrong in its own way."""

import socket
import threading
from collections.abc import Callable
from typing import Self

from tests.support.metrics import OPENMETRICS

Behaviour = Callable[[socket.socket, threading.Event], None]

GOOD = '# HELP x X.\n# TYPE x counter\nx_total{pod="other"} 1.0\nx_created{pod="other"} 1.0\n# EOF\n'


def answers(body: str | bytes, **headers: str) -> Behaviour:
    """Return a behaviour that responds to every request with 200 and that body."""
    content = body.encode() if isinstance(body, str) else body
    fields = {"content_type": OPENMETRICS, "content_length": str(len(content))} | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in fields.items() if value)
    return says(f"HTTP/1.0 200 OK\r\n{lines}\r\n".encode() + content)


def says(data: bytes) -> Behaviour:
    """Return a behaviour that sends the bytes and closes."""

    def behave(connection: socket.socket, _end: threading.Event) -> None:
        connection.recv(65536)
        connection.sendall(data)

    return behave


def drips(data: bytes) -> Behaviour:
    """Return a behaviour that sends a byte every tenth of a second: no wait for one byte is ever long."""

    def behave(connection: socket.socket, end: threading.Event) -> None:
        for byte in data:
            connection.sendall(bytes([byte]))
            if end.wait(0.1):
                return

    return behave


def hangs(connection: socket.socket, end: threading.Event) -> None:
    """Take the request and send nothing."""
    connection.recv(65536)
    end.wait(30)


def never_ends(connection: socket.socket, end: threading.Event) -> None:
    """Promise little and send for ever."""
    connection.sendall(f"HTTP/1.0 200 OK\r\ncontent-type: {OPENMETRICS}\r\n\r\n".encode())
    while not end.is_set():
        connection.sendall(b"x" * 65536)


def endless_headers(connection: socket.socket, end: threading.Event) -> None:
    """Never come to the end of the headers."""
    connection.sendall(b"HTTP/1.0 200 OK\r\n")
    while not end.is_set():
        connection.sendall(b"x: " + b"y" * 65536 + b"\r\n")


def _sample(line: str, family_type: str = "counter", name: str = "x") -> Behaviour:
    return answers(f"# HELP {name} X.\n# TYPE {name} {family_type}\n{line}\n# EOF\n")


BUCKETS = 'x_bucket{le="1.0",pod="other"} 2.0\nx_bucket{le="+Inf",pod="other"} 1.0'
BEHAVIOURS: dict[str, Behaviour] = {
    "closes at once": lambda _connection, _end: None,
    "hangs": hangs,
    "drips its headers": drips(b"HTTP/1.0 200 OK\r\n" * 99),
    "drips its body": drips(f"HTTP/1.0 200 OK\r\ncontent-type: {OPENMETRICS}\r\n\r\n{GOOD}".encode()),
    "never ends": never_ends,
    "has endless headers": endless_headers,
    "speaks another protocol": says(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    "says nothing of HTTP": says(b"\r\n\r\n"),
    "is unwell": says(b"HTTP/1.0 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n"),
    "sends elsewhere": says(b"HTTP/1.0 302 Found\r\nlocation: http://127.0.0.1:1/\r\n\r\n"),
    "sends HTML": answers("<html></html>", content_type="text/html"),
    "sends the text format": answers(GOOD.removesuffix("# EOF\n"), content_type="text/plain; version=0.0.4"),
    "sends too much": answers(b"#" * (4 << 20)),
    "breaks off": answers(GOOD[:-1], content_length=str(len(GOOD))),
    "is chunked": answers(f"{len(GOOD):x}\r\n{GOOD}\r\n0\r\n\r\n", transfer_encoding="chunked"),
    "is binary": answers(bytes(range(256))),
    "is empty": answers(""),
    "has no end": answers(GOOD.removesuffix("# EOF\n")),
    "has no pod": _sample("x_total 1.0"),
    "has an empty pod": _sample('x_total{pod=""} 1.0'),
    "is two pods": _sample('x_total{pod="a"} 1.0\nx_total{pod="b"} 1.0'),
    "has a label twice": _sample('x_total{pod="a",pod="a"} 1.0'),
    "has a series twice": _sample('x_total{a="1",pod="a"} 1.0\nx_total{pod="a",a="1"} 2.0'),
    "names a series by a label": _sample('x_total{__name__="y",pod="a"} 1.0'),
    "has broken quotes": _sample('x_total{pod="a"b"} 1.0'),
    "counts down": _sample('x_total{pod="a"} -1.0'),
    "counts nothing": _sample('x_total{pod="a"} NaN'),
    "counts more than there are numbers": _sample('x{pod="a"} 1e999', family_type="gauge"),
    "has help that breaks off": answers(GOOD.replace("X.", "X\\q")),
    "counts words": _sample('x_total{pod="a"} many'),
    "has a time of its own": _sample('x_total{pod="a"} 1.0 1500000000'),
    "has samples of another family": _sample('y_total{pod="a"} 1.0'),
    "has a family twice": answers(
        GOOD.replace("# EOF", '# TYPE y counter\ny_total{pod="other"} 1.0\n# TYPE x counter\n# EOF')
    ),
    "has a negative sum": _sample('x_count{pod="a"} 1.0\nx_sum{pod="a"} -1.0', family_type="summary"),
    "has an empty label": _sample('x{a="",pod="a"} 1.0', family_type="gauge"),
    "has labels without end": _sample("x{" + "".join(f'a{n}="1",' for n in range(9999)) + 'pod="a"} 1.0', "gauge"),
    "has an unknown type": _sample('x{pod="a"} 1.0', family_type="rumour"),
    "has sinking buckets": _sample(BUCKETS, family_type="histogram"),
    "has no last bucket": _sample('x_bucket{le="1.0",pod="other"} 2.0', family_type="histogram"),
    "claims another's name": _sample('y_total{pod="good"} 1.0', name="y"),
    "gives a known family another type": _sample('covilha_requests{pod="a"} 1.0', "gauge", "covilha_requests"),
    "says who is up": _sample('homercovilha_peer_up{pod="a"} 1.0', "gauge", "homercovilha_peer_up"),
    "has a known sample in another family": _sample(
        'covilha_requests_total{pod="a"} 1.0', "gauge", "covilha_requests_total"
    ),
}


class Peer:
    """Listens on a loopback port and treats each connection by `behaviour`; a context manager."""

    def __init__(self, behaviour: Behaviour = hangs) -> None:
        self.behaviour = behaviour
        self.connections = 0
        self._end = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.address: tuple[str, int] = self._listener.getsockname()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def _accept(self) -> None:
        while not self._end.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                self.behaviour(connection, self._end)
            except OSError:
                return

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
