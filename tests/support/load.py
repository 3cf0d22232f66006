"""A load generator that knows what it was answered, to the request."""

import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from itertools import cycle
from typing import Self

PAGES = ("homersimpson", "covilha")


class Load:
    """Asks both pages in turn from several threads and counts, for each page, answered and failed requests.

    Answered is a whole 200; failed is everything else, and may or may not have been counted by the server.
    `log` has for each answer its time (seconds since 1970), its page, and its X-Served-By where a proxy gives one.
    Each thread pauses for `pause` seconds before each request, where nothing is shown by more of them.
    A context manager: it runs inside, at most `requests` requests, and has ended when it is left.
    """

    def __init__(
        self,
        host: str,
        port: int,
        threads: int = 8,
        requests: int | None = None,
        timeout: float = 30,
        *,
        keep_alive: bool = True,
        pages: tuple[str, ...] = PAGES,
        pause: float = 0,
    ) -> None:
        self.address, self.timeout, self.pages, self.pause = (host, port), timeout, pages, pause
        self._connection = "keep-alive" if keep_alive else "close"
        self.requests = requests
        self.answered: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()
        self.log: list[tuple[float, str, str]] = []
        self._lock = threading.Lock()
        self._left = requests if requests is not None else 10_000_000
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._ask_on, args=(number,)) for number in range(threads)]

    def total(self) -> int:
        """Return how many requests were answered so far."""
        return sum(self.answered.values())

    def wait_for(self, condition: Callable[[], bool], seconds: float = 300) -> None:
        """Return when the condition holds; raises AssertionError when it does not within that time."""
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, f"not within {seconds} s: {self.answered} {self.failed}"
            time.sleep(0.005)

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.requests is None or _[0] is not None:
            self._end.set()
        for thread in self._threads:
            thread.join()

    def _ask_on(self, number: int) -> None:
        connection: socket.socket | None = None
        pages = cycle(self.pages[number % 2 :] + self.pages[: number % 2])
        while not self._end.is_set() and self._take():
            page = next(pages)
            time.sleep(self.pause)
            try:
                connection = connection or socket.create_connection(self.address, timeout=self.timeout)
                stays, server = self._ask(connection, page)
            except OSError as error:
                self._note(self.failed, page, type(error).__name__)
                if isinstance(error, ConnectionRefusedError):
                    time.sleep(0.05)
                stays = False
            else:
                self._note(self.answered, page)
                self.log.append((time.time(), page, server))
            if not stays and connection:
                connection.close()
                connection = None
        if connection:
            connection.close()

    def _ask(self, connection: socket.socket, page: str) -> tuple[bool, str]:
        """Ask once; return whether the connection can be used again, and who served it.

        Raises OSError unless a whole 200 came.
        """
        head_lines = f"GET /{page} HTTP/1.1", "Host: localhost", f"Connection: {self._connection}"
        connection.sendall("\r\n".join([*head_lines, "", ""]).encode())
        received = b""
        while b"\r\n\r\n" not in received:
            received += _receive(connection)
        head, _, body = received.partition(b"\r\n\r\n")
        head = head.lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        while len(body) < length:
            body += _receive(connection)
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise OSError(head.partition(b"\r\n")[0].decode())
        server = head.partition(b"x-served-by: ")[2].partition(b"\r\n")[0].decode()
        return b"connection: close" not in head, server

    def _take(self) -> bool:
        with self._lock:
            self._left -= 1
            return self._left >= 0

    def _note(self, counter: Counter[str], page: str, failure: str | None = None) -> None:
        with self._lock:
            counter[page] += 1
            if failure:
                self.failures[failure] += 1


def _receive(connection: socket.socket) -> bytes:
    data = connection.recv(65536)
    if not data:
        raise ConnectionResetError("closed before the answer was whole")
    return data
