"""Raw connections of clients to a site, and who serves them."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.servers import Gunicorn

GET = b"GET /covilha HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def connect(site: Gunicorn, data: bytes = b"") -> socket.socket:
    """Return a new connection to the site on which `data` was sent."""
    connection = socket.create_connection((site.host, site.port), timeout=30)
    connection.sendall(data)
    return connection


def seconds_until_closed(connection: socket.socket, begin: float) -> float:
    """Return the seconds from `begin` until the server has closed the connection."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return time.monotonic() - begin


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
