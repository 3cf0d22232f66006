"""When each replica was first and last sampled, what it ran, and all that it ever counted: read once and remembered."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from math import ceil, inf
from typing import Any

from dashboard import queries
from dashboard.counts import Labels
from dashboard.ranges import DAY, HOUR
from dashboard.sources.client import Client

DAYS_OF_RETENTION = 3_650


@dataclass
class Past:
    """What each counter counted last, and the lives of some replicas, as Readings have them.

    `since` is when the first of all replicas started. What was counted when is known after `seen` alone.
    """

    counted: dict[Labels, float]
    lives: dict[str, dict[str, Any]]
    since: float | None
    seen: float = -inf


@dataclass
class Archive:
    """All that Prometheus knew `at` a time: each replica's last counts, and the days of its first and last samples.

    A day is named by its end. It costs a reading of all samples that are kept, so it is made anew once an hour.
    `lives` are filled in when they are needed, and stay right.
    """

    at: float = -inf
    counted: dict[Labels, float] = field(default_factory=dict)
    days: dict[str, tuple[float, float]] = field(default_factory=dict)
    lives: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))


# By Prometheus' name.
_archives: dict[str, Archive] = {}


async def find(prometheus: Client, pods: set[str], alive: set[str], now: float) -> Past:
    """Return the past, with the lives of `pods`."""
    archive = await _archive(prometheus, now)
    lives = archive.lives
    if not archive.days:
        return Past({}, {pod: {"stopped": None} | lives[pod] for pod in pods}, None)
    first_day = min((first for first, _ in archive.days.values()), default=0)
    oldest = {pod for pod, (first, _) in archive.days.items() if first == first_day}
    # What the queries need to know: the name of a time, first or last sample, and the end of the day.
    wanted: dict[tuple[str, str, float], set[str]] = defaultdict(set)
    for pod in pods | oldest:
        first, last = archive.days.get(pod, (now, now))
        if "started" not in lives[pod]:
            wanted["started", "min", first].add(pod)
        if pod in alive:
            lives[pod].pop("stopped", None)
        elif "stopped" not in lives[pod]:
            # Of the archive's last day it is not known more than that they were there.
            wanted["stopped", "max", last if last < archive.at else now].add(pod)

    async def sampled(name: str, which: str, day: float, these: set[str]) -> None:
        window = ceil(now - archive.at) + DAY if day == now else DAY
        # A sample is visible up to 15 seconds after its time.
        for pod, at in (await prometheus.by_pod(queries.sampled(these, which, f"{window}s"), day + 15)).items():
            lives[pod][name] = at

    if any("version" not in lives[pod] for pod in pods):
        await _note_builds(prometheus, archive, now, now)
    await asyncio.gather(*(sampled(*key, these) for key, these in wanted.items()))
    since = min((lives[pod]["started"] for pod in oldest if "started" in lives[pod]), default=None)
    return Past(archive.counted, {pod: {"stopped": None} | lives[pod] for pod in pods}, since)


async def _archive(prometheus: Client, now: float) -> Archive:
    """Return the archive of the last hour."""
    known = _archives.get(prometheus.name, Archive())
    if 0 <= now - known.at < HOUR:
        return known
    begin = now - DAYS_OF_RETENTION * DAY
    archive = Archive(now, lives=known.lives)
    requests, builds = await asyncio.gather(
        prometheus.series(queries.counters("requests", f"{DAY}s"), begin, now, DAY),
        _note_builds(prometheus, archive, begin, now),
    )
    for one in requests if requests and builds else ():
        pod, page = queries.labels("requests", one.labels)
        first, last = min(one.values), max(one.values)
        archive.counted[pod, page] = one.values[last] or 0
        archive.days[pod] = (first, last)
    if archive.days:
        _archives[prometheus.name] = archive
    return archive


async def _note_builds(prometheus: Client, archive: Archive, begin: float, end: float) -> bool:
    """Note what each pod ran between two times; return whether Prometheus said it."""
    builds = await prometheus.series(queries.builds(f"{DAY}s"), begin, end, DAY)
    for one in builds or ():
        archive.lives[one.labels.get("pod", "?")] |= {name: one.labels.get(name) for name in ("version", "revision")}
    return builds is not None
