"""Which replicas there are: the addresses behind the names in EXPORTER["peers"], resolved at each scrape."""

import ipaddress
import json
import logging
import socket
import threading
from contextlib import suppress
from pathlib import Path

from exporter import conf, sharing

logger = logging.getLogger(__name__)

Address = tuple[str, int]

# The addresses and ports that this replica listens on, as its gunicorn worker noted them.
listeners: list[Address] = []

_lock = threading.Lock()
_thread: threading.Thread | None = None
_known: dict[Address, list[Address]] = {}


def addresses(timeout: float) -> tuple[list[Address], list[Address]]:
    """Return every replica's address and port, and the peers whose names never had an address, in order.

    Takes at most `timeout` seconds. A name that cannot be resolved stands for its last known addresses, which all
    workers of this replica share.
    """
    global _thread
    with _lock:
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_resolve, args=(_configured(),), daemon=True)
            _thread.start()
        thread = _thread
    thread.join(timeout)
    if thread.is_alive():
        logger.warning("The names of the peers were not resolved within %.1f s; the last addresses are used", timeout)
    return known(), sorted({*_configured()} - {**_stored(), **_known}.keys())


def known() -> list[Address]:
    """Return the last known address and port of every replica, in order."""
    found = {**_stored(), **_known}
    return sorted({address for peer in _configured() for address in found.get(peer, [])})


def is_this_replica(address: Address) -> bool:
    """Return whether the address is this replica's own internal port, without a request to it."""
    host, port = address
    bound = {bound for bound, bound_port in listeners if bound_port == port}
    if host in bound or not any(ipaddress.ip_address(bound).is_unspecified for bound in bound):
        return host in bound
    # A host reaches one of its own addresses from that very address. No packet is sent.
    with suppress(OSError), socket.socket(family(host), socket.SOCK_DGRAM) as probe:
        probe.connect(address)
        return bool(probe.getsockname()[0] == host)
    return False


def _configured() -> list[Address]:
    return [(host, port) for host, port in conf.current().peers]


def _resolve(peers: list[Address]) -> None:
    # Another worker may have resolved them since this one did.
    stored = _stored()
    _known.update(stored)
    for host, port in peers:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            logger.warning("The peer %s cannot be resolved: %s", host, error)
        else:
            # With addresses of two families, each replica would be there twice.
            one_family = [result for result in found if result[0] == found[0][0]]
            _known[host, port] = sorted((str(result[4][0]), port) for result in one_family)
    if _known != stored:
        sharing.replace(_file(), json.dumps(list(_known.items())).encode())


def _stored() -> dict[Address, list[Address]]:
    with suppress(OSError, ValueError, TypeError):
        stored = json.loads(_file().read_text())
        return {(host, port): [(host, port) for host, port in found] for (host, port), found in stored}
    return {}


def _file() -> Path:
    return sharing.directory() / "peers.json"


def family(host: str) -> socket.AddressFamily:
    """Return the family of an IP address."""
    return socket.AF_INET6 if ":" in host else socket.AF_INET
