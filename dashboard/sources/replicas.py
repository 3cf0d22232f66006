"""The dashboard's readings without Prometheus: samples of the replicas' counters, taken while somebody looks.

They are kept for a day, fewer the older they are.
"""

import logging
from bisect import bisect_right
from collections.abc import Iterable
from math import floor, inf
from typing import Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError, transaction
from prometheus_client.parser import text_string_to_metric_families

from dashboard import queries
from dashboard.counts import Counts, Labels, Readings, Row, name_of
from dashboard.models import Sample
from dashboard.ranges import DAY, HOUR, MINUTE, STEPS, Span, all_times, recent_times
from exporter.scraping import scrape
from exporter.sharing import BusyError

logger = logging.getLogger(__name__)

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


def read_range(span: Span, now: float) -> Readings:
    """Return what is known of a range."""
    history, readings = _history(now)
    if not history:
        return readings
    requests, times = all_times(span, now)
    readings.counts = {
        kind: _counts(history, kind, requests if kind == "requests" else times) for kind in queries.LABELS
    }
    readings.lives = {
        pod: life
        for pod, life in _lives(history).items()
        if life["started"] < span.end and not (life["stopped"] and life["stopped"] < span.start)
    }
    readings.alive = set(history[-1].pods)
    rows: dict[Labels, Row] = {}
    for number, taken in enumerate(history):
        for pod, counters in taken.pods.items():
            for page in queries.PAGES:
                row = rows.setdefault((pod, page), [None] * len(history))
                row[number] = counters.get(f"requests/{page}", 0)
    readings.all_time = Counts([taken.at for taken in history], rows).by(name_of, -1, now)
    created = [counters["created"] for taken in history for counters in taken.pods.values() if "created" in counters]
    readings.since = min(created, default=None)
    return readings


def read_now(now: float) -> Readings:
    """Return what is known of the last minutes."""
    return _history(now)[1]


def read_times(times: list[float], now: float) -> Readings:
    """Return what is known of some moments."""
    history, readings = _history(now)
    readings.counts = {kind: _counts(history, kind, times) for kind in ("requests", "answers", "buckets")}
    return readings


def _history(now: float) -> tuple[list[Taken], Readings]:
    """Return all samples, the last one of this moment, and readings with what is known of the last minutes."""
    readings = Readings("The replicas themselves", available=False)
    if not settings.EXPORTER["peers"] and not settings.EXPORTER["is_replica"]:
        readings.problems = [
            "Neither PROMETHEUS_URL nor PEERS is set, so there is nothing to show. Set PROMETHEUS_URL to the "
            "address of Prometheus, or PEERS to the replicas, such as homercovilha-peers:8001."
        ]
        return [], readings
    try:
        taken = take(now)
    except BusyError as error:
        readings.problems = [f"The replicas' counters were not read: {error}"]
        logger.warning("%s", readings.problems[0])
        return [], readings
    rows = Sample.objects.filter(at__gte=now - KEPT, at__lt=now).order_by("at").values_list("at", "pods")
    history = [*(Taken(at, pods) for at, pods in rows), taken]
    readings.available, readings.scraped, readings.up, readings.known = True, now, taken.up, taken.known
    readings.recent = {kind: _counts(history, kind, recent_times(now)) for kind in ("answers", "buckets")}
    readings.usual = _counts(history, "buckets", [now - DAY - HOUR / 2, now - DAY + HOUR / 2])
    return history, readings


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
    return (
        Taken(now, pods, round(sum(peers)), len(peers))
        if settings.EXPORTER["peers"]
        else Taken(now, pods, len(pods), len(pods))
    )


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


def _counts(history: list[Taken], kind: str, times: list[float]) -> Counts:
    """Return the counters of one kind at rising `times`; between two samples they are taken to have risen evenly."""
    seen: dict[Labels, list[tuple[float, float]]] = {}
    for taken in history:
        for pod, counters in taken.pods.items():
            # A pod that was created within the day began at 0.
            created = counters.get("created", 0)
            beginning = [(created, 0.0)] if created > history[-1].at - DAY else []
            for name, value in counters.items():
                if name.startswith(f"{kind}/"):
                    seen.setdefault((pod, *name.split("/")[1:]), [*beginning]).append((taken.at, value))
    return Counts(times, {labels: [_value(samples, at) for at in times] for labels, samples in seen.items()})


def _value(samples: list[tuple[float, float]], at: float) -> float | None:
    """Return what a counter had counted at a time; what it had counted before the first sample belongs to no time."""
    after = bisect_right(samples, (at, inf))
    if after == 0 or (after == len(samples) and at - samples[-1][0] >= MINUTE):
        return None
    (begin, low), (end, high), base = samples[after - 1], samples[min(after, len(samples) - 1)], samples[0][1]
    value = low + floor((high - low) * (at - begin) / (end - begin)) if high > low else low
    return value - base if value >= base else value


def _lives(history: list[Taken]) -> dict[str, dict[str, Any]]:
    lives: dict[str, dict[str, Any]] = {}
    for taken in history:
        for pod, counters in taken.pods.items():
            built = {name: counters.get(name) or None for name in ("version", "revision")}
            lives[pod] = built | {"started": counters.get("created", taken.at), "stopped": taken.at}
    now = history[-1]
    lost = sorted((life["stopped"], pod) for pod, life in lives.items() if pod not in now.pods)
    missing = max(0, now.known - now.up)
    for pod in [*now.pods, *(pod for _, pod in lost[len(lost) - missing :])]:
        lives[pod]["stopped"] = None
    return lives
