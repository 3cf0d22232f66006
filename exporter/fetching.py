"""Fetches the metrics of the other replicas, all at the same time, within one deadline."""

import selectors
import socket
import time
from contextlib import ExitStack

from exporter import conf
from exporter.exposition import OPENMETRICS, Family
from exporter.peers import Address, family
from exporter.reading import BrokenExpositionError, read

# Of each line that a replica may have. Here they are 100 on average, and 350 with the longest name that a pod can have.
BYTES_OF_A_LINE = 200
# With HTTP/1.0 the response is not chunked, and the connection ends with it.
_REQUEST = f"GET /metrics HTTP/1.0\r\nHost: {{}}\r\nAccept: {OPENMETRICS}\r\n\r\n"
_END = b"\n# EOF\n"


def read_response(response: bytes | str) -> tuple[str, list[Family]]:
    """Return the name and the families in what `fetch_all` returned for a replica; raises BrokenExpositionError."""
    if isinstance(response, str):
        raise BrokenExpositionError(response)
    head, _, body = response.partition(b"\r\n\r\n")
    if head.split(b" ")[1:2] != [b"200"]:
        raise BrokenExpositionError(f"it responded {head[:80]!r}")
    return read(body)


def fetch_all(addresses: list[Address], timeout: float) -> dict[Address, bytes | str]:
    """Return each replica's response, or a text that says why it gave none within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    responses: dict[Address, bytes | str] = dict.fromkeys(addresses, f"no complete response within {timeout:.1f} s")
    received = {address: bytearray() for address in addresses}
    most_bytes = BYTES_OF_A_LINE * conf.current().most_lines
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
                if len(received[address]) > most_bytes:
                    responses[address] = f"it sends more than {most_bytes} bytes: raise EXPORTER['most_lines']"
                elif not chunk or received[address].endswith(_END):
                    responses[address] = bytes(received[address])
                else:
                    continue
                selector.unregister(connection)
    return responses
