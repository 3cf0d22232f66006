"""Samples of the replicas' counters, taken while the dashboard is looked at and kept for a day."""

from collections.abc import Iterable
from typing import NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from prometheus_client.parser import text_string_to_metric_families

from dashboard import queries
from dashboard.models import Sample
from dashboard.ranges import DAY, HOUR, STEPS
from exporter.scraping import scrape

SCRAPE_TIMEOUT = 3.0
KEPT = DAY + HOUR
# Who asks again within this time makes no sample of its own.
SHORTEST_GAP = 4.0
CREATED = f"{queries.PAGES[0]}_requests_created"

# What each metric is kept as, and by which labels.
KINDS = {
    **{queries.counter(page): (f"requests/{page}", ()) for page in queries.PAGES},
    queries.RESPONSES: ("answers", ("view", "status", "method")),
    queries.BUCKETS: ("buckets", ("le",)),
    queries.EXCEPTIONS: ("exceptions", ("type",)),
}
# By pod and by counter ("answers/home/200/GET") its count; "created", "version" and "revision" beside them.
Pods = dict[str, dict[str, float | str]]


class Taken(NamedTuple):
    """The counters at a time, how many replicas answered, and how many there are."""

    at: float
    pods: Pods
    up: int
    known: int


def take(now: float) -> Taken:
    """Return what the replicas have counted at this moment, and keep it; raise exporter.sharing.BusyError."""
    lines = (line for line in scrape(SCRAPE_TIMEOUT).decode().split("\n") if not line.startswith("#"))
    pods: Pods = {}
    up, known = 0.0, None
    for family in text_string_to_metric_families("\n".join(lines) + "\n"):
        for one in family.samples:
            if one.name == "homercovilha_peer_up":
                up += one.value
            elif one.name == "homercovilha_peers":
                known = one.value
            else:
                _note(pods.setdefault(one.labels.get("pod", ""), {}), one.name, one.labels, one.value)
    pods = {pod: counters for pod, counters in pods.items() if f"requests/{queries.PAGES[0]}" in counters}
    if pods:
        _keep(now, pods)
    # A replica without PEERS is alone, and says nothing of others.
    alone = known is None or not settings.EXPORTER["peers"]
    return Taken(now, pods, len(pods) if alone else round(up), len(pods) if alone else round(known or 0))


def kept(now: float) -> list[Taken]:
    """Return all samples before `now`, in order of time."""
    rows = Sample.objects.filter(at__gte=now - KEPT, at__lt=now).order_by("at").values_list("at", "pods")
    return [Taken(at, pods, len(pods), len(pods)) for at, pods in rows]


def _note(counters: dict[str, float | str], name: str, labels: dict[str, str], value: float) -> None:
    if name == CREATED:
        counters["created"] = value
    elif name == queries.BUILD:
        counters |= {"version": labels.get("version", ""), "revision": labels.get("revision", "")}
    elif name in KINDS and (name != queries.BUCKETS or labels.get("view") in queries.PAGES):
        kind, kept_labels = KINDS[name]
        key = "/".join((kind, *(labels.get(label, "?") for label in kept_labels)))
        counters[key] = float(counters.get(key, 0)) + value


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
