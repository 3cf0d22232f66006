"""The dashboard's readings from Prometheus: many queries at the same time, one deadline for all."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from django.conf import settings

from dashboard import queries
from dashboard.counts import Counts, Labels, Readings
from dashboard.prometheus import Prometheus, Series
from dashboard.ranges import DAY, HOUR, MINUTE, SHORTEST_WINDOW, Span, all_times, recent_times, rising

logger = logging.getLogger(__name__)

# Seconds in which all responses must be there; what comes later is left out.
DEADLINE = 3.0
# The names of the project's alerts begin with it.
ALERTS = "Homercovilha"
# Replicas whose last samples are closer together than this were lost by Prometheus, and did not stop.
LOST_TOGETHER = 2 * MINUTE
DAYS_OF_RETENTION = 3_650


@dataclass
class Archive:
    """All that Prometheus knew `at` a time: each replica's last counts, and the days of its first and last samples.

    A day is named by its end. It costs a reading of all samples that are kept, so it is made anew once an hour.
    `lives` are filled in when they are needed, and stay right.
    """

    at: float = 0.0
    counted: dict[Labels, float] = field(default_factory=dict)
    days: dict[str, tuple[float, float]] = field(default_factory=dict)
    lives: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))

    def note_builds(self, builds: Iterable[Series]) -> None:
        for one in builds:
            self.lives[one.labels.get("pod", "?")] |= {name: one.labels.get(name) for name in ("version", "revision")}


# By Prometheus' name.
_archives: dict[str, Archive] = {}


def read_range(span: Span, now: float) -> Readings:
    """Return what Prometheus knows of a range."""
    return asyncio.run(_connected(lambda prometheus: _range(prometheus, span, now)))


def read_now(now: float) -> Readings:
    """Return what Prometheus knows of the last minutes."""
    return asyncio.run(_connected(lambda prometheus: _now(prometheus, now)))


def read_times(times: list[float], _now: float) -> Readings:
    """Return what Prometheus knows of some moments: for comparisons."""
    return asyncio.run(_connected(lambda prometheus: _times(prometheus, times)))


async def _connected(read: Callable[[Prometheus], Awaitable[Readings]]) -> Readings:
    url, username = settings.PROMETHEUS_URL or "", settings.PROMETHEUS_USERNAME
    async with Prometheus(url, username, settings.PROMETHEUS_PASSWORD, DEADLINE) as prometheus:
        readings = await read(prometheus)
    readings.problems = prometheus.problems
    for problem in readings.problems:
        logger.warning("%s", problem)
    return readings


async def _now(prometheus: Prometheus, now: float) -> Readings:
    times, usual = recent_times(now), round(now) - DAY
    kinds = ("answers", "buckets")
    readings = Readings(prometheus.name)
    recent, (readings.usual, readings.alerts), numbers = await asyncio.gather(
        _counts(prometheus, kinds, times),
        asyncio.gather(
            prometheus.counts("buckets", [usual - HOUR // 2, usual + HOUR // 2]),
            _alerts(prometheus),
        ),
        asyncio.gather(
            *(prometheus.by_pod(query, now) for query in (queries.NEWEST, queries.REPLICAS_UP, queries.REPLICAS_KNOWN))
        ),
    )
    readings.recent = recent
    readings.scraped, up, known = (next(iter(number.values()), None) for number in numbers)
    readings.up, readings.known = (None if number is None else round(number) for number in (up, known))
    readings.available = not prometheus.problems or readings.scraped is not None
    return readings


async def _times(prometheus: Prometheus, times: list[float]) -> Readings:
    requests, others = await asyncio.gather(
        _requests(prometheus, times), _counts(prometheus, ("answers", "buckets"), times)
    )
    return Readings(prometheus.name, counts={"requests": requests} | others)


async def _counts(
    prometheus: Prometheus, kinds: Iterable[str], times: list[float], *, sparse: bool = False
) -> dict[str, Counts]:
    async def one(kind: str) -> tuple[str, Counts]:
        return kind, await prometheus.counts(kind, times, sparse=sparse)

    return dict(await asyncio.gather(*(one(kind) for kind in kinds)))


async def _range(prometheus: Prometheus, span: Span, now: float) -> Readings:
    moments, times = all_times(span, now)
    readings, requests, archive, alive, builds = await asyncio.gather(
        _now(prometheus, now),
        _requests(prometheus, moments),
        _archive(prometheus, now),
        prometheus.by_pod(queries.ALIVE, now),
        prometheus.instant(queries.builds(f"{DAY}s"), now),
    )
    readings.alive = set(alive)
    archive.note_builds(builds)
    await _find_lives(prometheus, readings, requests, archive, span, now)
    counted = archive.counted | {labels: _last(row) for labels, row in requests.rows.items()}
    for (_, page), count in counted.items():
        readings.all_time[page] = readings.all_time.get(page, 0) + round(count)

    sparse = span.step > HOUR
    if sparse:
        # What a replica counted until it stopped, within the step.
        stops = [life["stopped"] + MINUTE for life in readings.lives.values() if life.get("stopped")]
        times = rising(times, [at for at in stops if span.start < at < span.end])
    readings.scrapes, others = await asyncio.gather(
        _scrapes(prometheus, span, times),
        _counts(prometheus, ("answers", "buckets", "exceptions"), times, sparse=sparse),
    )
    readings.counts = {"requests": requests} | others
    return readings


async def _requests(prometheus: Prometheus, times: list[float]) -> Counts:
    """Return the requests by pod and page; a pod that was not scraped for long before the first time is still known."""
    counts = await prometheus.counts("requests", times)
    unknown = {labels[0] for labels, row in counts.rows.items() if row[0] is None}
    if not unknown:
        return counts
    for one in await prometheus.instant(queries.counters("requests", queries.RETENTION, unknown), times[0]):
        labels = tuple(one.labels.get(name, "?") for name in queries.LABELS["requests"])
        counts.rows.setdefault(labels, [None] * len(times))[0] = one.points[0][1]
    return Counts(times, counts.rows)


async def _scrapes(prometheus: Prometheus, span: Span, times: list[float]) -> dict[float, float]:
    """Return the time of the newest sample at each of the times, if a window has few samples."""
    if span.step >= SHORTEST_WINDOW:
        return {}
    end = times[-1]
    found = await asyncio.gather(
        prometheus.range(queries.NEWEST, times[1], end, span.step), prometheus.instant(queries.NEWEST, end)
    )
    return {at: value for series in found for one in series for at, value in one.points if value is not None}


async def _archive(prometheus: Prometheus, now: float) -> Archive:
    """Return the archive of the last hour."""
    known = _archives.get(prometheus.name, Archive())
    if 0 <= now - known.at < HOUR:
        return known
    begin, window = now - DAYS_OF_RETENTION * DAY, f"{DAY}s"
    requests, builds = await asyncio.gather(
        prometheus.range(queries.counters("requests", window), begin, now, DAY),
        prometheus.range(queries.builds(window), begin, now, DAY),
    )
    archive = Archive(now, lives=known.lives)
    for one in requests:
        pod, page = one.labels.get("pod", "?"), one.labels.get("page", "?")
        (first, _), (last, count) = one.points[0], one.points[-1]
        archive.counted[pod, page] = count or 0
        archive.days[pod] = (first, last)
    archive.note_builds(builds)
    if archive.days and not prometheus.problems:
        _archives[prometheus.name] = archive
    return archive


async def _find_lives(
    prometheus: Prometheus, readings: Readings, requests: Counts, archive: Archive, span: Span, now: float
) -> None:
    """Fill in the lives of the replicas of the range, and the time of the oldest sample."""
    part = slice(requests.index(span.start), requests.index(span.end) + 1)
    lived = {pod for (pod, _), row in requests.rows.items() if any(value is not None for value in row[part])}
    first_day = min((first for first, _ in archive.days.values()), default=0)
    oldest = {pod for pod, (first, _) in archive.days.items() if first == first_day}

    # Of the archive's last day it is not known more than that they were there.
    recent = ceil(now - archive.at) + DAY if archive.at else 2 * DAY
    wanted: dict[tuple[str, str, float], set[str]] = defaultdict(set)
    for pod in lived | oldest:
        life, (first, last) = archive.lives[pod], archive.days.get(pod, (now, now))
        if "started" not in life:
            wanted["started", "min", first].add(pod)
        if pod in readings.alive:
            life.pop("stopped", None)
        elif "stopped" not in life:
            wanted["stopped", "max", last if last < archive.at else now].add(pod)

    async def find(name: str, which: str, day: float, pods: set[str]) -> None:
        query = queries.sampled(pods, which, f"{recent if day == now else DAY}s")
        # A sample is visible up to 15 seconds after its time.
        for pod, at in (await prometheus.by_pod(query, day + 15)).items():
            archive.lives[pod][name] = at

    await asyncio.gather(*(find(*key, pods) for key, pods in wanted.items()))
    readings.lives = {pod: dict(archive.lives[pod]) for pod in lived}
    readings.since = min(
        (archive.lives[pod]["started"] for pod in oldest if "started" in archive.lives[pod]), default=None
    )
    _take_missing_for_alive(readings)


def _take_missing_for_alive(readings: Readings) -> None:
    """Remove the end of the lives of replicas that are missing now, and may be back."""
    stopped = sorted((life["stopped"], pod) for pod, life in readings.lives.items() if life.get("stopped"))
    if stopped and not readings.alive:
        missing = [pod for last, pod in stopped if last > stopped[-1][0] - LOST_TOGETHER]
    else:
        number = (readings.known or 0) - (readings.up or 0)
        missing = [pod for _, pod in stopped[len(stopped) - max(0, number) :]]
    for pod in missing:
        del readings.lives[pod]["stopped"]


async def _alerts(prometheus: Prometheus) -> list[dict[str, str]] | None:
    """Return the project's alerts that are firing, None if Prometheus has none of the project's rules."""
    data = await prometheus.get("rules", {"type": "alert"})
    try:
        rules = [
            rule for group in (data or {})["groups"] for rule in group["rules"] if str(rule["name"]).startswith(ALERTS)
        ]
        firing = [
            {"name": str(rule["name"]), "severity": "warning", "summary": ""}
            | {str(name): str(value) for name, value in (one["labels"] | one["annotations"]).items()}
            for rule in rules
            for one in rule["alerts"]
            if one["state"] == "firing"
        ]
    except (KeyError, TypeError, AttributeError):
        if data is not None:
            prometheus.note("lists its alerts in a form that is not its API's.")
        return None
    return firing if rules else None


def _last(row: list[float | None]) -> float:
    return next((value for value in reversed(row) if value is not None), 0.0)
