"""When each replica was first and last sampled, what it ran, and all that it ever counted: read once and remembered."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil
from typing import Any

from dashboard import queries
from dashboard.counts import Counts, Labels, Readings
from dashboard.prometheus import Prometheus, Series
from dashboard.ranges import DAY, HOUR, MINUTE, Span

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


async def read_archive(prometheus: Prometheus, now: float) -> Archive:
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


async def find(
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

    async def sampled(name: str, which: str, day: float, pods: set[str]) -> None:
        query = queries.sampled(pods, which, f"{recent if day == now else DAY}s")
        # A sample is visible up to 15 seconds after its time.
        for pod, at in (await prometheus.by_pod(query, day + 15)).items():
            archive.lives[pod][name] = at

    await asyncio.gather(*(sampled(*key, pods) for key, pods in wanted.items()))
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
