"""Clients that hold what they can: whole requests whose connections stay open, half-sent heads and bodies."""

import socket
import threading
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.support.servers import Gunicorn, get

WHOLE = b"GET /covilha HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
HALF_HEAD = b"GET /covilha HTTP/1.1\r\nHost: 127."
HALF_BODY = b"POST /covilha HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nhalf"
CLOSERS, HEADS, BODIES, NEW_A_SECOND = 100, 64, 64, 3


@dataclass
class Visits:
    """What visitors met: the seconds of each response, and how many had none or another than 200."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0


class Attack:
    """Opens all of these connections at a site and three new ones of each kind a second; a context manager."""

    def __init__(self, site: Gunicorn) -> None:
        self._address = site.host, site.port
        self._connections = ExitStack()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._go_on)

    def __enter__(self) -> Self:
        for data, number in ((WHOLE, CLOSERS), (HALF_HEAD, HEADS), (HALF_BODY, BODIES)):
            for _ in range(number):
                self._open(data)
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._end.set()
        self._thread.join()
        self._connections.close()

    def _open(self, data: bytes) -> None:
        connection = self._connections.enter_context(socket.create_connection(self._address, timeout=30))
        connection.sendall(data)

    def _go_on(self) -> None:
        while not self._end.wait(1 / NEW_A_SECOND):
            for data in (WHOLE, HALF_HEAD, HALF_BODY):
                self._open(data)


def visit(site: Gunicorn, visitors: int, seconds: float) -> Visits:
    """Let so many visitors come one after the other, spread over the time, each with a connection of their own."""
    visits = Visits()
    for _ in range(visitors):
        begin = time.monotonic()
        try:
            visits.failed += get(f"{site.url}/covilha", timeout=10).status != 200
        except OSError:
            visits.failed += 1
        visits.seconds.append(time.monotonic() - begin)
        visits.failed += get(f"{site.internal_url}/livez", timeout=10).status != 200
        time.sleep(max(0.0, seconds / visitors - (time.monotonic() - begin)))
    return visits
