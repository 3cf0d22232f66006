"""Any replica answers for all: the metrics of every replica, each series by its own replica's name."""

import logging
import time

from django.conf import settings

from exporter import fetching, peers, replica
from exporter.exposition import Family
from exporter.merging import Merged
from exporter.reading import BrokenExpositionError, read
from exporter.sharing import Gathering, shared

logger = logging.getLogger(__name__)

# Half of what Prometheus waits, so that the other half is left for merging and the way back.
SHARE_OF_SCRAPE_TIMEOUT = 0.5
# A replica that answers at all does so in milliseconds. Longer than this no thread waits for one that does not.
LONGEST_WAIT_SECONDS = 2.0


def gather(scrape_timeout: float = 10.0) -> list[Family]:
    """Return the metrics of all replicas, one family each with all replicas' samples.

    `scrape_timeout` is how many seconds the asker waits; a replica that has not answered in half of that is
    left out, with homercovilha_peer_up 0. An answer may be shared with others who asked within a second.
    Raises sharing.BusyError where somebody else's gathering does not end in time.
    """
    patience = min(scrape_timeout * SHARE_OF_SCRAPE_TIMEOUT, LONGEST_WAIT_SECONDS)
    return shared(_gather, patience, wait=scrape_timeout * 0.8)


def _gather(timeout: float) -> Gathering:
    if not settings.PEERS:
        return Gathering(read(replica.exposition())[1], complete=True, patience=timeout)
    begin = time.monotonic()
    known, unresolved = peers.addresses(timeout / 2)
    here = [address for address in known if peers.is_this_replica(address)]
    others = [address for address in known if address not in here]
    answers = fetching.fetch_all(others, timeout - (time.monotonic() - begin))

    merged = Merged()
    # The name server may not know this replica yet. Its counts are told all the same.
    own_is_up = _merge_own(merged) if here or settings.IS_REPLICA else False
    up = dict.fromkeys(here, own_is_up) | dict.fromkeys(unresolved, False)
    # Where two replicas contradict each other, the first stays: no other can put this one out of its own answer.
    up |= {address: _merge(merged, address, answers[address]) for address in others}
    families = _gathering_families(dict(sorted(up.items())), time.monotonic() - begin)
    return Gathering([*families, *merged.families.values()], all(up.values()), timeout)


def _merge_own(merged: Merged) -> bool:
    try:
        merged.add(*read(replica.exposition()))
    except Exception:
        # This replica's folder is broken. The others' counts are told all the same.
        logger.exception("This replica's own metrics are left out")
        return False
    return True


def _merge(merged: Merged, address: peers.Address, answer: fetching.Answer | None) -> bool:
    if answer is None:
        return False
    try:
        merged.add(*answer)
    except BrokenExpositionError as error:
        logger.warning("The metrics of the replica at %s:%d are left out: %.300s", *address, error)
        return False
    return True


def _gathering_families(up: dict[peers.Address, bool], seconds: float) -> list[Family]:
    # No label says who gathered: whichever replica answers, the series are the same.
    return [
        Family(
            "homercovilha_peer_up",
            "gauge",
            "Whether the replica at this address gave its metrics.",
            [
                f'homercovilha_peer_up{{peer="{f"[{host}]" if ":" in host else host}:{port}"}} {int(is_up)}'
                for (host, port), is_up in up.items()
            ],
        ),
        Family(
            "homercovilha_peers",
            "gauge",
            "Number of replicas known.",
            [f"homercovilha_peers {len(up)}"],
        ),
        Family(
            "homercovilha_gathering_seconds",
            "gauge",
            "How long the replicas were asked for.",
            [f"homercovilha_gathering_seconds {seconds:.6f}"],
        ),
    ]
