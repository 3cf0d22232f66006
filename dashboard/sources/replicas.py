"""The dashboard's numbers from the replicas themselves: what they have counted up to now, without a history."""

import logging
from collections.abc import Iterable, Iterator
from typing import Any

from django.conf import settings
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from dashboard import queries
from dashboard.data import Data
from dashboard.ranges import Range
from dashboard.verdict import concerns
from exporter.scraping import scrape
from exporter.sharing import BusyError

logger = logging.getLogger(__name__)

REFRESH = 5
SCRAPE_TIMEOUT = 3.0
CREATED = f"{queries.PAGES[0]}_requests_created"


class ReplicasSource:
    """The numbers as the replicas tell them at this moment."""

    def read(self, shown: Range, now: float) -> Data:
        """Return the totals since the replicas started, and a snapshot of their counters."""
        data = Data("replicas", "The replicas themselves", shown, now, REFRESH)
        if not settings.PEERS and not settings.IS_REPLICA:
            data.problems = [
                "Neither PROMETHEUS_URL nor PEERS is set, so there is nobody to ask. Set PROMETHEUS_URL to the "
                "address of Prometheus, or PEERS to the replicas, such as homercovilha-peers:8001."
            ]
            return data
        try:
            samples = _samples()
        except BusyError as error:
            data.problems = [f"The replicas were not asked: {error}"]
            logger.warning("%s", data.problems[0])
            return data
        data.numbers = _numbers(samples)
        data.snapshot = _snapshot(samples)
        data.concerns = list(concerns(data.numbers))
        return data


def _samples() -> list[Sample]:
    lines = (line for line in scrape(SCRAPE_TIMEOUT).decode().split("\n") if not line.startswith("#"))
    families = text_string_to_metric_families("\n".join(lines) + "\n")
    return [sample for family in families for sample in family.samples]


def _numbers(samples: Iterable[Sample]) -> dict[str, float | None]:
    def total(name: str, status: str = "") -> float:
        return sum(one.value for one in samples if one.name == name and one.labels.get("status", "").startswith(status))

    def values(name: str) -> Iterator[float]:
        return (one.value for one in samples if one.name == name)

    pods = len({one.labels["pod"] for one in samples if one.name == queries.counter(queries.PAGES[0])})
    return {f"ever.{page}": total(queries.counter(page)) for page in queries.PAGES} | {
        "since": min(values(CREATED), default=None),
        "responses": total(queries.RESPONSES),
        "errors": total(queries.RESPONSES, status="5"),
        # A replica without PEERS is alone, and says nothing of others.
        "replicas.up": sum(values("homercovilha_peer_up")) if settings.PEERS else pods,
        "replicas.known": next(values("homercovilha_peers"), pods),
        "age": 0,
    }


def _snapshot(samples: Iterable[Sample]) -> dict[str, dict[str, Any]]:
    """Return by pod its requests to each page, when it was created, and the buckets of its latencies by bound."""
    pods: dict[str, dict[str, Any]] = {}
    for one in samples:
        pod = pods.setdefault(one.labels.get("pod", ""), {"buckets": {}})
        for page in queries.PAGES:
            if one.name == queries.counter(page):
                pod[page] = one.value
        if one.name == CREATED:
            pod["created"] = one.value
        if one.name == queries.LATENCY and one.labels.get("view") in queries.PAGES:
            bound = one.labels["le"]
            pod["buckets"][bound] = pod["buckets"].get(bound, 0) + one.value
    return {pod: counters for pod, counters in pods.items() if pod and queries.PAGES[0] in counters}
