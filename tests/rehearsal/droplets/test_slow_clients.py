"""Visitors who send a byte a second take nothing from the others."""

import asyncio
import contextlib
import http.client
import time
from itertools import cycle

from tests.load import PAGES
from tests.rehearsal.droplets.cloud import RESERVED_IP, Cloud
from tests.rehearsal.droplets.playbook import Operator

CONNECTIONS, SECONDS, REQUESTS = 500, 20, 1_000
# As from many places: one address alone is cut off at 100 connections.
SOURCES = [f"203.0.113.{number}" for number in range(100, 120)]
HEADERS = b"GET /covilha HTTP/1.1\r\nHost: 203.0.113.10\r\nX-Slow: "
BODY = b"POST /covilha HTTP/1.1\r\nHost: 203.0.113.10\r\nContent-Length: 8000\r\n\r\n"


class SlowClients:
    """Connections of a byte a second, half of them in a header, half in a body, that come back when closed."""

    def __init__(self) -> None:
        self.open = self.most = self.closed = 0

    async def keep_on(self) -> None:
        await asyncio.gather(*(self._keep_one(number) for number in range(CONNECTIONS)))

    async def _keep_one(self, number: int) -> None:
        begin = (HEADERS, BODY)[number % 2]
        while True:
            source = (SOURCES[number % len(SOURCES)], 0)
            _, writer = await asyncio.open_connection(RESERVED_IP, 80, local_addr=source)
            self.open += 1
            self.most = max(self.most, self.open)
            try:
                writer.write(begin)
                while True:
                    await writer.drain()
                    await asyncio.sleep(1)
                    writer.write(b"x")
            except OSError:
                self.closed += 1
            finally:
                self.open -= 1
                writer.transport.abort()


def normal_requests(pause: float) -> list[float]:
    """Ask for the pages on one kept connection, and return how long each answer took, in seconds."""
    connection = http.client.HTTPConnection(RESERVED_IP, 80, timeout=30)
    took = []
    for _, page in zip(range(REQUESTS), cycle(PAGES), strict=False):
        began = time.perf_counter()
        connection.request("GET", f"/{page}")
        answer = connection.getresponse()
        answer.read()
        took.append(time.perf_counter() - began)
        assert answer.status == 200
        time.sleep(pause)
    connection.close()
    return took


async def both() -> tuple[SlowClients, list[float]]:
    slow = SlowClients()
    attack = asyncio.create_task(slow.keep_on())
    while slow.open < CONNECTIONS:
        assert not attack.done(), attack
        await asyncio.sleep(0.1)
    took = await asyncio.to_thread(normal_requests, SECONDS / REQUESTS)
    attack.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await attack
    return slow, took


def percentile99(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.99)]


def test_500_slow_connections_leave_others_fast(cloud: Cloud, operator: Operator, figures: list[str]) -> None:  # noqa: ARG001
    for source in SOURCES:
        cloud.network.address("outside", "public", f"{source}/24")
    alone = percentile99(normal_requests(0))
    slow, took = asyncio.run(both())
    figures.append(
        f"p99 of normal requests: {alone * 1000:.0f} ms alone, {percentile99(took) * 1000:.0f} ms beside {slow.most} "
        f"connections of a byte a second, of which the edge closed {slow.closed}"
    )
    assert slow.most == CONNECTIONS
    assert slow.closed > 0
    assert percentile99(took) < 0.25
