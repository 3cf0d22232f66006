"""Asks other replicas for their own metrics, all at the same time, and waits for none beyond the deadline."""

import asyncio
import logging

from exporter.exposition import OPENMETRICS, Family
from exporter.peers import Address
from exporter.reading import BrokenExpositionError, read

logger = logging.getLogger(__name__)

# A replica's own metrics are about 30 kB; to read this many takes about 20 ms.
MOST_BYTES = 1 << 18

Answer = tuple[str, list[Family]]


def fetch_all(addresses: list[Address], timeout: float) -> dict[Address, Answer | None]:
    """Return each replica's name and families, or None for one that did not answer well in `timeout` seconds."""
    bodies = asyncio.run(_fetch_bodies(addresses, timeout))
    # Read when all have come: the time that one takes must not be another's.
    return {address: _read(address, body) for address, body in zip(addresses, bodies, strict=True)}


def _read(address: Address, body: bytes | str) -> Answer | None:
    try:
        if isinstance(body, bytes):
            return read(body)
    except BrokenExpositionError as error:
        body = str(error)
    logger.warning("The replica at %s:%d gave no metrics: %.300s", *address, body)
    return None


async def _fetch_bodies(addresses: list[Address], timeout: float) -> list[bytes | str]:
    return await asyncio.gather(*(_fetch(address, timeout) for address in addresses))


async def _fetch(address: Address, timeout: float) -> bytes | str:
    """Return the body of the replica's answer, or a text that says why there is none."""
    try:
        async with asyncio.timeout(timeout):
            return await _body(address)
    except TimeoutError:
        return f"no whole answer within {timeout:.1f} s"
    except asyncio.IncompleteReadError:
        return "the answer broke off"
    except (OSError, asyncio.LimitOverrunError, BrokenExpositionError) as error:
        return str(error)


async def _body(address: Address) -> bytes:
    host, port = address
    reader, writer = await asyncio.open_connection(host, port)
    try:
        # With HTTP/1.0 the answer comes in one piece, and the connection ends with it.
        writer.write(f"GET /metrics HTTP/1.0\r\nHost: {host}\r\nAccept: {OPENMETRICS}\r\n\r\n".encode())
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        length = _expected_length(head)
        return await reader.readexactly(length)
    finally:
        # Not close(): that would wait for a peer that does not read.
        writer.transport.abort()


def _expected_length(head: str) -> int:
    """Return the Content-Length of a good answer; raises BrokenExpositionError for any other."""
    status, _, rest = head.partition("\r\n")
    if status.split(" ")[1:2] != ["200"]:
        raise BrokenExpositionError(f"it answered {status[:80]!r}")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in rest.split("\r\n"))
    }
    if not headers.get("content-type", "").startswith("application/openmetrics-text"):
        raise BrokenExpositionError(f"its content type is {headers.get('content-type')!r:.80}")
    length = headers.get("content-length", "")
    if not length.isascii() or not length.isdigit() or len(length) > 9:
        raise BrokenExpositionError(f"its content length is {length!r:.80}")
    if int(length) > MOST_BYTES:
        raise BrokenExpositionError(f"it has {length} bytes, and more than {MOST_BYTES} are not read")
    return int(length)
