"""The dashboard's figures without Prometheus: samples of the replicas' counters, taken while somebody looks.

They are kept for a day, fewer the older they are.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from math import inf
from typing import Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from prometheus_client.parser import text_string_to_metric_families

from dashboard import queries
from dashboard.counts import Counts, Labels, Row
from dashboard.models import Sample
from dashboard.ranges import DAY, HOUR, STEPS
from dashboard.sources.lives import Past
from exporter.scraping import scrape
from exporter.sharing import BusyError

SCRAPE_TIMEOUT = 3.0
KEPT = DAY + HOUR
# A request within this time of the last sample does not add one.
SHORTEST_GAP = 4.0

# What each metric is kept as, and by which labels.
KINDS: dict[str, tuple[str, tuple[str, ...]]] = {
    **{queries.counter(page): (f"requests/{page}", ()) for page in queries.PAGES},
    queries.RESPONSES: ("answers", ("view", "status", "method")),
    queries.BUCKETS: ("buckets", ("le",)),
    queries.EXCEPTIONS: ("exceptions", ("type",)),
}
# By pod and by counter ("answers/home/200/GET") its count; beside them "created", "version" and "revision".
Pods = dict[str, dict[str, Any]]


class Taken(NamedTuple):
    """The counters at a time, and how many of the known replicas answered."""

    at: float
    pods: Pods
    up: int = 0
    known: int = 0


class History:
    """All samples, the last one of this moment; none, and `problems`, if the replicas' counters cannot be read."""

    name = "The replicas themselves"

    def __init__(self, now: float) -> None:
        self.problems: list[str] = []
        self._samples: list[Taken] = []
        if not settings.EXPORTER["peers"] and not settings.EXPORTER["is_replica"]:
            self.problems.append(
                "Neither PROMETHEUS_URL nor PEERS is set, so there is nothing to show. Set PROMETHEUS_URL to the "
                "address of Prometheus, or PEERS to the replicas, such as homercovilha-peers:8001."
            )
            return
        try:
            taken = take(now)
        except BusyError as error:
            self.problems.append(f"The replicas' counters were not read: {error}")
            return
        rows = Sample.objects.filter(at__gte=now - KEPT, at__lt=now).order_by("at").values_list("at", "pods")
        self._samples = [*(Taken(at, pods) for at, pods in rows), taken]

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None: ...

    async def counts(self, kind: str, times: Sequence[float], *, sparse: bool = False) -> Counts:  # noqa: ARG002 - as for Prometheus.
        """Return the counters of a kind at rising times."""
        # The last sample since the time before; at the first time the last one of all before.
        newest = {(pod, bisect_left(times, at)): counters for at, pod, counters in self._by_time()}
        rows: dict[Labels, Row] = {}
        for (pod, column), counters in newest.items():
            for name, value in counters.items() if column < len(times) else ():
                first, *labels = name.split("/")
                if first == kind:
                    rows.setdefault((pod, *labels), [None] * len(times))[column] = value
        return Counts(times, rows)

    async def state(self, _now: float) -> dict[str, Any]:
        """Return what Readings have of this moment."""
        if not self._samples:
            return {}
        at, pods, up, known = self._samples[-1]
        return {"scraped": at, "up": up, "known": known, "alive": set(pods)}

    async def past(self, pods: set[str], alive: set[str], _now: float) -> Past:
        """Return the lives of the pods, and what was ever counted."""
        counted: dict[Labels, float] = {}
        lives: dict[str, dict[str, Any]] = {}
        for at, pod, counters in self._by_time():
            counted |= {(pod, page): counters.get(f"requests/{page}", 0) for page in queries.PAGES}
            built = {name: counters.get(name) or None for name in ("version", "revision")}
            lives[pod] = built | {"started": counters.get("created", at), "stopped": None if pod in alive else at}
        since = min((life["started"] for life in lives.values()), default=None)
        seen = self._samples[0].at if self._samples else inf
        return Past(counted, {pod: life for pod, life in lives.items() if pod in pods}, since, seen)

    async def scrapes(self, times: Iterable[float], _step: float) -> dict[float, float]:
        """Return the time of the newest sample at each of the times."""
        taken = [sample.at for sample in self._samples]
        return {at: taken[before - 1] for at in times if (before := bisect_right(taken, at))}

    def _by_time(self) -> list[tuple[float, str, dict[str, Any]]]:
        """Return what each pod had counted when; what it had counted at the first sample is put at its start."""
        found = [(taken.at, pod, counters) for taken in self._samples for pod, counters in taken.pods.items()]
        first = {pod: (counters.get("created", at), pod, counters) for at, pod, counters in reversed(found)}
        return sorted([*first.values(), *found], key=lambda one: one[0])


def take(now: float) -> Taken:
    """Return what the replicas have counted at this moment, and keep it; raise exporter.sharing.BusyError."""
    lines = (line for line in scrape(SCRAPE_TIMEOUT).decode().split("\n") if not line.startswith("#"))
    families = text_string_to_metric_families("\n".join(lines) + "\n")
    pods: Pods = {}
    peers: list[float] = []
    for one in (sample for family in families for sample in family.samples):
        counters = pods.setdefault(one.labels.get("pod", ""), {})
        if one.name == "homercovilha_peer_up":
            peers.append(one.value)
        elif one.name == f"{queries.PAGES[0]}_requests_created":
            counters["created"] = one.value
        elif one.name == queries.BUILD:
            counters |= {name: one.labels.get(name) for name in ("version", "revision")}
        elif one.name in KINDS and (one.name != queries.BUCKETS or one.labels.get("view") in queries.PAGES):
            kind, labels = KINDS[one.name]
            key = "/".join((kind, *(one.labels.get(label, "?") for label in labels)))
            counters[key] = counters.get(key, 0) + one.value
    pods = {pod: counters for pod, counters in pods.items() if f"requests/{queries.PAGES[0]}" in counters}
    if pods:
        _keep(now, pods)
    # A replica without PEERS is alone, and exports nothing about others.
    alone = not settings.EXPORTER["peers"]
    return Taken(now, pods, len(pods), len(pods)) if alone else Taken(now, pods, round(sum(peers)), len(peers))


def _keep(now: float, pods: Pods) -> None:
    times = list(Sample.objects.order_by("at").values_list("at", flat=True))
    if times and 0 <= now - times[-1] < SHORTEST_GAP:
        return
    try:
        with transaction.atomic():
            Sample.objects.filter(at__in=set(times) - thinned(times, now)).delete()
            Sample.objects.create(at=now, pods=pods)
    except IntegrityError:
        # Another request came at the same moment.
        return


def thinned(times: Iterable[float], now: float) -> set[float]:
    """Return the times to keep: of each step of a range that long ago, the last one."""
    last: dict[tuple[int, int], float] = {}
    for at in sorted(times):
        if 0 <= now - at <= KEPT:
            step = next(step for most, step, _ in STEPS if now - at <= most)
            last[step, int(at // step) if step > STEPS[0][1] else int(at * 1_000)] = at
    return set(last.values())
