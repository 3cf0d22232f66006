"""What the dashboard knows of a range, of the last minutes, or of some moments: read in one way from either source."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from math import ceil, inf
from typing import Any

from django.conf import settings

from dashboard.counts import Counts, pod_of
from dashboard.ranges import DAY, HOUR, MINUTE, Span, all_times, recent_times, rising
from dashboard.sources.history import History
from dashboard.sources.prometheus import Prometheus

logger = logging.getLogger(__name__)

# Replicas whose last samples are closer together than this were lost by Prometheus, and did not stop.
LOST_TOGETHER = 2 * MINUTE

Source = Prometheus | History


@dataclass
class Readings:
    """All that a source knows. If it is not `available`, that is nothing but `problems`, in sentences.

    `counts` are of the range, `recent` of the last minutes, both by a key of queries.LABELS; `usual` are the buckets of
    this hour yesterday. `scraped` is when the newest sample was taken, `interval` the seconds between two samples.
    `alerts` are None if there are no alert rules. A life has `started`, `stopped` (None while the pod lives, or is
    missing), `version` and `revision`. `scrapes` has the time of the newest sample at some times. All of `all_time` was
    counted after `since`; what was counted when is known after `seen` alone.
    """

    source: str
    problems: list[str] = field(default_factory=list)
    scraped: float | None = None
    interval: float = 15.0
    up: int | None = None
    known: int | None = None
    alive: set[str] = field(default_factory=set)
    alerts: list[dict[str, str]] | None = None
    recent: dict[str, Counts] = field(default_factory=dict)
    usual: Counts = field(default_factory=Counts)
    counts: dict[str, Counts] = field(default_factory=dict)
    scrapes: dict[float, float] = field(default_factory=dict)
    lives: dict[str, dict[str, Any]] = field(default_factory=dict)
    all_time: dict[str, int] = field(default_factory=dict)
    since: float | None = None
    seen: float = -inf

    @property
    def available(self) -> bool:
        """Return whether there is anything to show."""
        return not self.problems or self.scraped is not None

    def saw(self, at: float) -> bool:
        """Return whether what was counted from `at` on is known."""
        return self.seen <= at and self.counts["requests"].sampled(-inf, at)


def read_range(span: Span, now: float) -> Readings:
    """Return what is known of a range."""
    return _read(now, lambda source: _range(source, span, now))


def read_now(now: float) -> Readings:
    """Return what is known of the last minutes."""
    return _read(now, lambda source: _now(source, now))


def read_times(times: list[float], now: float) -> Readings:
    """Return what is known of some moments: for comparisons."""
    return _read(now, lambda source: _times(source, times))


def _read(now: float, reading: Callable[[Source], Awaitable[Readings]]) -> Readings:
    """Return what `reading` reads from Prometheus if its address is set, else from the site's own history."""

    async def connected() -> Readings:
        async with source:
            return await reading(source)

    source = Prometheus() if settings.PROMETHEUS_URL else History(now)
    readings = asyncio.run(connected())
    for problem in readings.problems:
        logger.warning("%s", problem)
    return readings


async def _now(source: Source, now: float) -> Readings:
    yesterday = round(now) - DAY
    state, recent, usual = await asyncio.gather(
        source.state(now),
        _counts(source, ("answers", "buckets"), recent_times(now)),
        source.counts("buckets", [yesterday - HOUR // 2, yesterday + HOUR // 2]),
    )
    return Readings(source.name, source.problems, **state, recent=recent, usual=usual)


async def _times(source: Source, times: list[float]) -> Readings:
    return Readings(
        source.name, source.problems, counts=await _counts(source, ("requests", "answers", "buckets"), times)
    )


async def _counts(
    source: Source, kinds: Iterable[str], times: list[float], *, sparse: bool = False
) -> dict[str, Counts]:
    async def one(kind: str) -> tuple[str, Counts]:
        return kind, await source.counts(kind, times, sparse=sparse)

    return dict(await asyncio.gather(*(one(kind) for kind in kinds)))


async def _range(source: Source, span: Span, now: float) -> Readings:
    moments, times = all_times(span, now)
    readings, requests = await asyncio.gather(_now(source, now), source.counts("requests", moments))
    part = slice(requests.index(span.start), requests.index(span.end) + 1)
    lived = {pod_of(labels) for labels, row in requests.rows.items() if any(value is not None for value in row[part])}
    past = await source.past(lived, readings.alive, now)
    readings.lives, readings.since, readings.seen = past.lives, past.since, past.seen
    _take_missing_for_alive(readings)
    for (_, page), count in (past.counted | requests.last()).items() if requests.times and past.counted else ():
        readings.all_time[page] = readings.all_time.get(page, 0) + round(count)

    sparse = span.step > HOUR
    if sparse:
        times = rising(times, [at for at in _hours_of_stops(readings.lives) if span.start < at < span.end])
    # The slowest first: only some queries run at the same time.
    readings.counts = await _counts(source, ("buckets", "answers", "exceptions"), times, sparse=sparse)
    readings.counts["requests"] = requests
    readings.scrapes = await source.scrapes(times, span.step)
    return readings


def _hours_of_stops(lives: dict[str, dict[str, Any]]) -> set[float]:
    """Return the ends of the hours in which replicas stopped: what is read then has what they counted last.

    Not the times themselves, which are many: a deployment stops each replica at another time, within minutes. The last
    sample may be up to 15 seconds younger than is known (queries.sampled), and so in the next hour.
    """
    stops = [life["stopped"] for life in lives.values() if life.get("stopped")]
    return {HOUR * ceil((at + late) / HOUR) for at in stops for late in (0, 15)}


def _take_missing_for_alive(readings: Readings) -> None:
    """Remove the end of the lives of replicas that are missing now, and may be back."""
    stopped = sorted((life["stopped"], pod) for pod, life in readings.lives.items() if life.get("stopped"))
    if stopped and not readings.alive:
        missing = [pod for last, pod in stopped if last > stopped[-1][0] - LOST_TOGETHER]
    else:
        number = (readings.known or 0) - (readings.up or 0)
        missing = [pod for _, pod in stopped[len(stopped) - max(0, number) :]]
    for pod in missing:
        readings.lives[pod]["stopped"] = None
