"""Any replica returns the metrics of all replicas, each series with its own replica's name."""

import logging
import time
from collections.abc import Callable, Iterable
from functools import partial

from exporter import conf, fetching, peers, replica
from exporter.exposition import Family, render
from exporter.reading import BrokenExpositionError, names
from exporter.sharing import TIMEOUTS, shared

logger = logging.getLogger(__name__)

# The peers get a third of the client's timeout: a caller may have to wait for two scrapes, and the rest is left for
# merging and the way back.
SHARE_OF_CLIENT_TIMEOUT = 1 / 3
MOST_OF_CLIENT_TIMEOUT = 0.8
# A request to /metrics costs each replica as much as twenty requests to a page. Without a token anybody may send it.
SPACING_SECONDS_PER_PEER = 0.04

# What a scrape says about itself: names behind the prefix, and helps.
SCRAPE_METRICS = {
    "peer_up": "Whether the replica at this address returned its metrics.",
    "peers": "Number of known replicas.",
    "gathering_seconds": "Duration of this scrape of the replicas.",
}


def scrape(client_timeout: float = 10.0, arrival: float | None = None) -> bytes:
    """Return the metrics of all replicas in OpenMetrics, with everything counted before `arrival` (default: now).

    A replica that takes longer than a third of the seconds that the client waits, or than two seconds, is left out,
    with <prefix>_peer_up 0. `arrival` is by the monotonic clock. Concurrent callers share a scrape.
    Raises sharing.BusyError if another caller's scrape does not end in time.
    """
    longest = client_timeout * SHARE_OF_CLIENT_TIMEOUT
    timeout = next((seconds for seconds in TIMEOUTS if seconds <= longest), TIMEOUTS[-1])
    spacing = 0.0 if conf.current().tokens else SPACING_SECONDS_PER_PEER * len(peers.known())
    wait = client_timeout * MOST_OF_CLIENT_TIMEOUT
    return shared(_scrape, timeout, time.monotonic() if arrival is None else arrival, wait, spacing)


def _scrape(timeout: float) -> bytes:
    configuration = conf.current()
    if not configuration.peers:
        return render(replica.families())
    begin = time.monotonic()
    known, unresolved = peers.addresses(timeout / 2)
    here = [address for address in known if peers.is_this_replica(address)]
    others = [address for address in known if address not in here]
    responses = fetching.fetch_all(others, timeout - (time.monotonic() - begin))

    merged = Merged(f"{configuration.prefix}_{name}" for name in SCRAPE_METRICS)
    up = dict.fromkeys(unresolved, False)
    # The name server may not know this replica yet. Its counts are included all the same.
    if here or configuration.is_replica:
        up |= dict.fromkeys(here, _merge(merged, "this replica", lambda: (configuration.pod, replica.families())))
    # If two replicas contradict each other, the first one stays: no peer can push this replica out of its own result.
    # Parsed when all have arrived, so that no replica loses time to another's parsing.
    for address, response in responses.items():
        up[address] = _merge(merged, "the replica at {}:{}".format(*address), partial(fetching.read_response, response))
    about = _scrape_families(configuration.prefix, dict(sorted(up.items())), time.monotonic() - begin)
    return render([*about, *merged.families.values()])


def _merge(merged: "Merged", name: str, read: Callable[[], tuple[str, list[Family]]]) -> bool:
    try:
        merged.add(*read())
    except (BrokenExpositionError, OSError) as error:
        logger.warning("The metrics of %s are left out: %.300s", name, error)
        return False
    return True


def _scrape_families(prefix: str, up: dict[peers.Address, bool], seconds: float) -> list[Family]:
    # No label names the replica that scraped: the series are the same whichever it is.
    hosts = {(f"[{host}]" if ":" in host else host, port): is_up for (host, port), is_up in up.items()}
    peer_up = [f'{{peer="{host}:{port}"}} {int(is_up)}' for (host, port), is_up in hosts.items()]
    values = [peer_up, [f" {len(up)}"], [f" {seconds:.6f}"]]
    return [
        Family(f"{prefix}_{name}", "gauge", text, [f"{prefix}_{name}{value}" for value in found])
        for (name, text), found in zip(SCRAPE_METRICS.items(), values, strict=True)
    ]


class Merged:
    """The families of the replicas added so far; none may use a name in `reserved`. Replicas are added atomically."""

    def __init__(self, reserved: Iterable[str]) -> None:
        self.families: dict[str, Family] = {}
        self._pods: set[str] = set()
        # The name and type of the family that each sample name belongs to.
        self._owners = dict.fromkeys(reserved, ("", "metric of the scrape"))

    def add(self, pod: str, families: list[Family]) -> None:
        """Add a replica; raises BrokenExpositionError if it contradicts those added before."""
        if pod in self._pods:
            raise BrokenExpositionError(f"another replica is called {pod!r} too")
        owners = {name: (family.name, family.type) for family in families for name in names(family)}
        for name, owner in owners.items():
            if (known := self._owners.get(name, owner)) != owner:
                here, elsewhere = (f"the {kind} {metric!r}" for metric, kind in (owner, known))
                raise BrokenExpositionError(f"{name!r} belongs to {here} here and to {elsewhere} elsewhere")
        self._pods.add(pod)
        self._owners.update(owners)
        for family in families:
            merged = self.families.setdefault(family.name, Family(family.name, family.type, family.help))
            merged.samples.extend(family.samples)
