"""Any replica returns the metrics of all replicas, each series with its own replica's name."""

import logging
import time

from django.conf import settings

from exporter import fetching, peers, replica
from exporter.exposition import Family, render
from exporter.merging import Merged
from exporter.reading import BrokenExpositionError
from exporter.sharing import TIMEOUTS, shared

logger = logging.getLogger(__name__)

# The peers get a third of the client's timeout: a caller may have to wait for two scrapes, and the rest is left for
# merging and the way back.
SHARE_OF_CLIENT_TIMEOUT = 1 / 3
MOST_OF_CLIENT_TIMEOUT = 0.8
# A request to /metrics costs each replica as much as twenty requests to a page. Without a token anybody may send it.
SPACING_SECONDS_PER_PEER = 0.04

SCRAPE_METRICS = {
    "homercovilha_peer_up": "Whether the replica at this address returned its metrics.",
    "homercovilha_peers": "Number of known replicas.",
    "homercovilha_gathering_seconds": "Duration of this scrape of the replicas.",
}


def scrape(client_timeout: float = 10.0, arrival: float | None = None) -> bytes:
    """Return the metrics of all replicas in OpenMetrics, with everything that was counted before the request arrived.

    `client_timeout` is how many seconds the client waits, and `arrival` the monotonic clock's time at which its request
    came, if that was before the call. A replica that takes longer than a third of it, or than two
    seconds, is left out, with homercovilha_peer_up 0. Concurrent callers share a scrape.
    Raises sharing.BusyError if another caller's scrape does not end in time.
    """
    longest = client_timeout * SHARE_OF_CLIENT_TIMEOUT
    timeout = next((seconds for seconds in TIMEOUTS if seconds <= longest), TIMEOUTS[-1])
    spacing = 0.0 if settings.METRICS_TOKENS else SPACING_SECONDS_PER_PEER * len(peers.known())
    wait = client_timeout * MOST_OF_CLIENT_TIMEOUT
    return shared(_scrape, timeout, time.monotonic() if arrival is None else arrival, wait, spacing)


def _scrape(timeout: float) -> bytes:
    if not settings.PEERS:
        return render(replica.families())
    begin = time.monotonic()
    known, unresolved = peers.addresses(timeout / 2)
    here = [address for address in known if peers.is_this_replica(address)]
    others = [address for address in known if address not in here]
    results = fetching.fetch_all(others, timeout - (time.monotonic() - begin))

    merged = Merged(SCRAPE_METRICS)
    up = dict.fromkeys(unresolved, False)
    # The name server may not know this replica yet. Its counts are included all the same.
    if here or settings.IS_REPLICA:
        own = _merge(merged, "this replica", (settings.POD_NAME, replica.families()))
        up |= dict.fromkeys(here, own)
    # If two replicas contradict each other, the first one stays: no peer can push this replica out of its own result.
    up |= {address: _merge(merged, "the replica at {}:{}".format(*address), results[address]) for address in others}
    return render([*_scrape_families(dict(sorted(up.items())), time.monotonic() - begin), *merged.families.values()])


def _merge(merged: Merged, name: str, result: fetching.Result | None) -> bool:
    if result is None:
        return False
    try:
        merged.add(*result)
    except BrokenExpositionError as error:
        logger.warning("The metrics of %s are left out: %.300s", name, error)
        return False
    return True


def _scrape_families(up: dict[peers.Address, bool], seconds: float) -> list[Family]:
    # No label says which replica scraped: the series are the same whichever it is.
    hosts = {(f"[{host}]" if ":" in host else host, port): is_up for (host, port), is_up in up.items()}
    peer_up = [f'{{peer="{host}:{port}"}} {int(is_up)}' for (host, port), is_up in hosts.items()]
    values = [peer_up, [f" {len(up)}"], [f" {seconds:.6f}"]]
    return [
        Family(name, "gauge", text, [name + value for value in found])
        for (name, text), found in zip(SCRAPE_METRICS.items(), values, strict=True)
    ]
