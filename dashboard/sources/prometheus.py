"""The dashboard's readings from Prometheus: many queries at the same time, one deadline for all."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from django.conf import settings

from dashboard import queries
from dashboard.counts import Counts, Readings
from dashboard.prometheus import Prometheus
from dashboard.ranges import DAY, HOUR, MINUTE, SHORTEST_WINDOW, Span, all_times, recent_times, rising
from dashboard.sources import lives

logger = logging.getLogger(__name__)

# Seconds in which all responses must be there; what comes later is left out.
DEADLINE = 3.0
# The names of the project's alerts begin with it.
ALERTS = "Homercovilha"


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
        lives.read_archive(prometheus, now),
        prometheus.by_pod(queries.ALIVE, now),
        prometheus.instant(queries.builds(f"{DAY}s"), now),
    )
    readings.alive = set(alive)
    archive.note_builds(builds)
    await lives.find(prometheus, readings, requests, archive, span, now)
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
