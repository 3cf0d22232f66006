"""Requests that no HTTP library would send."""

import socket
from contextlib import suppress
from dataclasses import dataclass

HEADERS = b"Host: 127.0.0.1\r\nConnection: close\r\n"


@dataclass(frozen=True)
class RawAnswer:
    """What came back until the server closed; `status` is 0 where it closed without an answer."""

    data: bytes

    @property
    def status(self) -> int:
        return int(self.data.split(b" ", 2)[1]) if self.data.startswith(b"HTTP/") else 0

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]


def send(address: tuple[str, int], data: bytes, timeout: float = 10) -> RawAnswer:
    """Return the answer to exactly these bytes; raises TimeoutError where the server neither answers nor closes."""
    received = b""
    with socket.create_connection(address, timeout=timeout) as connection:
        # A server that refuses in the middle of a request resets the connection.
        with suppress(ConnectionError):
            connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while chunk := connection.recv(65536):
                received += chunk
    return RawAnswer(received)


def request(line: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    """Return an HTTP/1.1 request of a request line without its version, more headers, and a body."""
    return line + b" HTTP/1.1\r\n" + HEADERS + b"".join(header + b"\r\n" for header in headers) + b"\r\n" + body
