"""Fetches the metrics of the other replicas, all at the same time, within one deadline."""

import logging
import selectors
import socket
import time
from contextlib import ExitStack

from exporter.exposition import OPENMETRICS, Family
from exporter.peers import Address, family
from exporter.reading import BrokenExpositionError, read

logger = logging.getLogger(__name__)

# A replica's metrics are about 30 kB. With every label set there can be and the longest name they are 600 kB.
MOST_BYTES = 1 << 20
# With HTTP/1.0 the response is not chunked, and the connection ends with it.
_REQUEST = f"GET /metrics HTTP/1.0\r\nHost: {{}}\r\nAccept: {OPENMETRICS}\r\n\r\n"
_END = b"\n# EOF\n"

Result = tuple[str, list[Family]]


def fetch_all(addresses: list[Address], timeout: float) -> dict[Address, Result | None]:
    """Return each replica's name and families, or None if it returned no valid ones within `timeout` seconds."""
    # Parsed when all have arrived, so that no replica loses time to another's parsing.
    return {address: _read(address, response) for address, response in _fetch(addresses, timeout).items()}


def _read(address: Address, response: bytes | str) -> Result | None:
    try:
        if isinstance(response, bytes):
            head, _, body = response.partition(b"\r\n\r\n")
            if head.split(b" ")[1:2] == [b"200"]:
                return read(body)
            response = f"it responded {head[:80]!r}"
    except BrokenExpositionError as error:
        response = str(error)
    logger.warning("The replica at %s:%d returned no metrics: %.300s", *address, response)
    return None


def _fetch(addresses: list[Address], timeout: float) -> dict[Address, bytes | str]:
    """Return each replica's response, or a text that says why there is none."""
    deadline = time.monotonic() + timeout
    responses: dict[Address, bytes | str] = dict.fromkeys(addresses, f"no complete response within {timeout:.1f} s")
    received = {address: bytearray() for address in addresses}
    with selectors.DefaultSelector() as selector, ExitStack() as stack:
        for address in addresses:
            connection = stack.enter_context(socket.socket(family(address[0])))
            connection.setblocking(False)
            connection.connect_ex(address)
            selector.register(connection, selectors.EVENT_WRITE, (address, connection))
        while selector.get_map() and (left := deadline - time.monotonic()) > 0:
            for key, events in selector.select(left):
                address, connection = key.data
                try:
                    if events & selectors.EVENT_WRITE:
                        connection.sendall(_REQUEST.format(address[0]).encode())
                        selector.modify(connection, selectors.EVENT_READ, key.data)
                        continue
                    chunk = connection.recv(1 << 16)
                except OSError as error:
                    responses[address] = str(error)
                    selector.unregister(connection)
                    continue
                received[address] += chunk
                # The exposition's own end is more reliable than any header.
                if not chunk or received[address].endswith(_END) or len(received[address]) > MOST_BYTES:
                    responses[address] = bytes(received[address][:MOST_BYTES])
                    selector.unregister(connection)
    return responses
