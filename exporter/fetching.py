"""Fetches the metrics of the other replicas, all at the same time, within one deadline."""

import asyncio
import logging

from exporter.exposition import OPENMETRICS, Family
from exporter.peers import Address
from exporter.reading import BrokenExpositionError, read

logger = logging.getLogger(__name__)

# A replica's metrics are about 30 kB. With every label set there can be and the longest name they are 600 kB.
MOST_BYTES = 1 << 20
_END = b"\n# EOF\n"

Result = tuple[str, list[Family]]


def fetch_all(addresses: list[Address], timeout: float) -> dict[Address, Result | None]:
    """Return each replica's name and families, or None if it returned no valid ones within `timeout` seconds."""
    bodies = asyncio.run(_fetch_bodies(addresses, timeout))
    # Parsed when all have arrived, so that no replica loses time to another's parsing.
    return {address: _read(address, body) for address, body in zip(addresses, bodies, strict=True)}


def _read(address: Address, body: bytes | str) -> Result | None:
    try:
        if isinstance(body, bytes):
            return read(body)
    except BrokenExpositionError as error:
        body = str(error)
    logger.warning("The replica at %s:%d returned no metrics: %.300s", *address, body)
    return None


async def _fetch_bodies(addresses: list[Address], timeout: float) -> list[bytes | str]:
    return await asyncio.gather(*(_fetch(address, timeout) for address in addresses))


async def _fetch(address: Address, timeout: float) -> bytes | str:
    """Return the body of the replica's response, or a text that says why there is none."""
    try:
        async with asyncio.timeout(timeout):
            head, _, body = (await _response(address)).partition(b"\r\n\r\n")
            return body if head.split(b" ")[1:2] == [b"200"] else f"it responded {head[:80]!r}"
    except TimeoutError:
        return f"no complete response within {timeout:.1f} s"
    except asyncio.IncompleteReadError as error:
        return f"the response ended too soon: {error.partial[:80]!r}"
    except (OSError, asyncio.LimitOverrunError) as error:
        return str(error)


async def _response(address: Address) -> bytes:
    """Return the replica's response up to the exposition's own end, which is more reliable than any header."""
    host, port = address
    reader, writer = await asyncio.open_connection(host, port, limit=MOST_BYTES)
    try:
        # With HTTP/1.0 the response is never chunked.
        writer.write(f"GET /metrics HTTP/1.0\r\nHost: {host}\r\nAccept: {OPENMETRICS}\r\n\r\n".encode())
        return await reader.readuntil(_END)
    finally:
        # Not close(): that would wait for a peer that does not read.
        writer.transport.abort()
