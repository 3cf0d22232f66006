"""The dashboard's readings from Prometheus: many queries at the same time, one deadline for all."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from django.conf import settings

from dashboard import queries
from dashboard.figures import Source, Span
from dashboard.prometheus import Prometheus, PrometheusError, text
from dashboard.ranges import DAY, HOUR, MINUTE, SHORTEST_WINDOW, all_times, recent_times, rising
from dashboard.readings import Alert, Counts, Readings, Recent, Row
from dashboard.sources.lives import Archive, archive, lives
from dashboard.sources.reader import Reader

logger = logging.getLogger(__name__)

# Seconds in which all answers must be there; what comes later is left out.
DEADLINE = 3.0
# The names of the project's alerts begin with it.
ALERTS = "Homercovilha"
# Replicas whose last samples are closer together than this were lost by Prometheus, and did not stop.
LOST_TOGETHER = 2 * MINUTE


def read_range(span: Span, now: float) -> Readings:
    """Return what Prometheus knows of a range."""
    return asyncio.run(_connected(lambda reader: _range(reader, span, now)))


def read_now(now: float) -> Readings:
    """Return what Prometheus knows of the last minutes."""
    return asyncio.run(_connected(lambda reader: _now(reader, now)))


def read_times(times: list[float], _now: float) -> Readings:
    """Return what Prometheus knows of some moments: for comparisons."""
    return asyncio.run(_connected(lambda reader: _times(reader, times)))


async def _connected(read: Callable[[Reader], Awaitable[Readings]]) -> Readings:
    url, username = settings.PROMETHEUS_URL or "", settings.PROMETHEUS_USERNAME
    async with Prometheus(url, username, settings.PROMETHEUS_PASSWORD, deadline=DEADLINE) as prometheus:
        reader = Reader(prometheus)
        readings = await read(reader)
    readings.problems = reader.problems
    for problem in readings.problems:
        logger.warning("%s", problem)
    return readings


async def _range(reader: Reader, span: Span, now: float) -> Readings:
    moments, times = all_times(span, now)
    requests, known, readings, alive = await asyncio.gather(
        _requests(reader, moments),
        archive(reader, now),
        _now(reader, now),
        reader.by_pod(queries.alive(), now),
    )
    readings.requests, readings.alive = requests, set(alive)
    known.note_builds(await reader.instant(queries.builds(f"{DAY}s"), now))
    readings.since = await _lives(reader, readings, known, span, now)
    for page in queries.PAGES:
        counted = {labels: value for labels, value in known.counted.items() if labels[1] == page}
        counted |= {labels: _last(row) for labels, row in requests.rows.items() if labels[1] == page}
        if counted:
            readings.all_time[page] = round(sum(counted.values()))

    sparse = span.step > HOUR
    if sparse:
        # What a replica counted until it stopped, within the step.
        stops = [life.last + MINUTE for life in readings.lives.values() if life.last]
        times = rising(times, [at for at in stops if span.start < at < span.end])
    readings.answers, readings.buckets, readings.exceptions, readings.scrapes = await asyncio.gather(
        reader.counts(queries.answers, ("pod", "view", "status", "method"), times, sparse=sparse),
        reader.counts(queries.buckets, ("pod", "le"), times, sparse=sparse),
        reader.counts(queries.exceptions, ("pod", "type"), times, sparse=sparse),
        _scrapes(reader, times, span.step),
    )
    return readings


async def _now(reader: Reader, now: float) -> Readings:
    times, usual = recent_times(now), round(now) - DAY
    recent, numbers = Recent(), (queries.newest(f"{HOUR}s"), queries.REPLICAS_UP, queries.REPLICAS_KNOWN)
    (recent.answers, recent.buckets, recent.usual), (recent.scraped, up, known), recent.alerts = await asyncio.gather(
        asyncio.gather(
            reader.counts(queries.answers, ("pod", "view", "status", "method"), times),
            reader.counts(queries.buckets, ("pod", "le"), times),
            reader.counts(queries.buckets, ("pod", "le"), [usual - HOUR // 2, usual + HOUR // 2]),
        ),
        asyncio.gather(*(reader.number(query, now) for query in numbers)),
        reader.tried(_alerts(reader.prometheus), None),
    )
    recent.replicas_up, recent.replicas_known = (None if value is None else round(value) for value in (up, known))
    available = not reader.problems or recent.scraped is not None
    return Readings(Source("prometheus", reader.prometheus.name, available, recent.scraped), recent)


async def _times(reader: Reader, times: list[float]) -> Readings:
    requests, answers, buckets = await asyncio.gather(
        _requests(reader, times),
        reader.counts(queries.answers, ("pod", "view", "status", "method"), times),
        reader.counts(queries.buckets, ("pod", "le"), times),
    )
    source = Source("prometheus", reader.prometheus.name)
    return Readings(source, requests=requests, answers=answers, buckets=buckets)


async def _requests(reader: Reader, times: list[float]) -> Counts:
    """Return the requests by pod and page; one that was not scraped for long before the first time is known still."""
    counts = await reader.counts(queries.requests, ("pod", "page"), times)
    unknown = {labels[0] for labels, row in counts.rows.items() if row[0] is None}
    if not unknown:
        return counts
    for one in await reader.instant(queries.requests(queries.RETENTION, unknown), times[0]):
        labels = (one.labels.get("pod", "?"), one.labels.get("page", "?"))
        counts.rows.setdefault(labels, [None] * len(times))[0] = one.points[0][1]
    return Counts(times, counts.rows)


async def _lives(reader: Reader, readings: Readings, known: Archive, span: Span, now: float) -> float | None:
    """Fill in the lives of the replicas that lived in the range; return the time of the oldest sample."""
    lived = {labels[0] for labels, row in readings.requests.rows.items() if _lived(readings.requests, row, span)}
    oldest = known.oldest()
    found = await lives(reader, known, lived | oldest, readings.alive, now)
    readings.lives = {pod: found[pod] for pod in lived}
    lost = sorted((life.last, pod) for pod, life in readings.lives.items() if life.last)
    if lost and not readings.alive:
        still = [pod for last, pod in lost if last > lost[-1][0] - LOST_TOGETHER]
    else:
        missing = (readings.recent.replicas_known or 0) - (readings.recent.replicas_up or 0)
        still = [pod for _, pod in lost[len(lost) - max(0, missing) :]]
    for pod in still:
        readings.lives[pod].last = None
    return min((life.first for pod, life in found.items() if pod in oldest and life.first), default=None)


def _lived(counts: Counts, row: Row, span: Span) -> bool:
    first, last = counts.index(span.start), counts.index(span.end)
    return any(value is not None for value in row[first : last + 1])


async def _scrapes(reader: Reader, times: list[float], step: int) -> dict[float, float]:
    """Return the time of the newest sample at each of the times, where a window has few samples."""
    if step >= SHORTEST_WINDOW:
        return {}
    counts = await reader.counts(lambda _: f"max({queries.alive()})", (), times)
    return {at: value for row in counts.rows.values() for at, value in zip(counts.times, row, strict=True) if value}


async def _alerts(prometheus: Prometheus) -> list[Alert] | None:
    try:
        groups = (await prometheus.get("rules", {"type": "alert"}))["groups"]
        rules = [rule for group in groups for rule in group["rules"] if str(rule["name"]).startswith(ALERTS)]
        alerts = [
            Alert(
                text(rule["name"]),
                text(one["labels"].get("severity", "warning")),
                text(one["annotations"].get("summary", "")),
            )
            for rule in rules
            for one in rule["alerts"]
            if one["state"] == "firing"
        ]
    except (KeyError, TypeError, AttributeError):
        raise PrometheusError(f"{prometheus.name} lists its alerts in a form that is not its API's.") from None
    return alerts if rules else None


def _last(row: Row) -> float:
    return next((value for value in reversed(row) if value is not None), 0.0)
