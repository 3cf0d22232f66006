"""Visitors who send a byte a second take nothing from the others."""

import asyncio
import contextlib
from contextlib import closing
from itertools import islice

from tests.rehearsal.droplets.cloud import RESERVED_IP, Cloud
from tests.rehearsal.droplets.playbook import Operator
from tests.rehearsal.droplets.visitor import answers

CONNECTIONS, ROUNDS, REQUESTS = 500, 3, 500
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


def percentile99(requests: int, pause: float) -> float:
    """Ask so many times, and return the time in seconds that 99 of 100 answers were faster than."""
    with closing(answers(pause)) as taking:
        return sorted(islice(taking, requests))[int(requests * 0.99)]


async def beside(slow: SlowClients) -> list[float]:
    """Return the 99th percentiles of some rounds of requests while the slow connections are there."""
    attack = asyncio.create_task(slow.keep_on())
    while slow.open < CONNECTIONS:
        assert not attack.done(), attack
        await asyncio.sleep(0.1)
    rounds = [await asyncio.to_thread(percentile99, REQUESTS, 0.01) for _ in range(ROUNDS)]
    attack.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await attack
    return rounds


def test_500_slow_connections_leave_others_fast(cloud: Cloud, operator: Operator, figures: list[str]) -> None:
    for source in SOURCES:
        cloud.network.address("outside", "public", f"{source}/24")
    alone, slow = percentile99(REQUESTS, 0.01), SlowClients()
    rounds = asyncio.run(beside(slow))
    figures.append(
        f"p99 of normal requests: {alone * 1000:.0f} ms alone, {[round(p99 * 1000) for p99 in rounds]} ms beside "
        f"{slow.most} connections of a byte a second, of which the edge closed {slow.closed}"
    )
    assert slow.most == CONNECTIONS
    assert slow.closed > 0
    # Whatever else the machine does can only make a round slower.
    assert min(rounds) < 0.25
