"""When each replica was first and last sampled, what it ran, and all that it ever counted: read once and remembered."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from math import ceil

from dashboard import queries
from dashboard.prometheus import Series
from dashboard.ranges import DAY, HOUR
from dashboard.readings import Labels, Life
from dashboard.sources.reader import Query, Reader

# Ten years are longer than any retention.
DAYS = 3_650


@dataclass
class Archive:
    """What Prometheus knew of all replicas `at` a time: their last counts, the days of their first and last samples.

    A day is named by its end. `lives` are exact, and stay right: they are asked for once.
    """

    at: float = 0.0
    counted: dict[Labels, float] = field(default_factory=dict)
    days: dict[str, tuple[float, float]] = field(default_factory=dict)
    lives: dict[str, Life] = field(default_factory=dict)

    def oldest(self) -> set[str]:
        """Return the pods that were there on the first day."""
        first = min((first for first, _ in self.days.values()), default=0)
        return {pod for pod, (begin, _) in self.days.items() if begin == first}

    def note_builds(self, builds: Iterable[Series]) -> None:
        """Remember what pods run, from the answer to `queries.builds`."""
        for one in builds:
            life = self.lives.setdefault(one.labels.get("pod", "?"), Life())
            life.version, life.revision = one.labels.get("version"), one.labels.get("revision")


# By Prometheus' name. It costs a reading of all samples that are kept, so it is made anew once an hour.
_archives: dict[str, Archive] = {}


async def archive(reader: Reader, now: float) -> Archive:
    """Return the archive of the last hour."""
    known = _archives.get(reader.prometheus.name, Archive())
    if 0 <= now - known.at < HOUR:
        return known
    begin = now - DAYS * DAY

    async def daily(query: Query) -> list[Series]:
        return await reader.tried(reader.prometheus.range(query(f"{DAY}s"), begin, now, DAY), [])

    pages, builds = await asyncio.gather(daily(queries.requests), daily(queries.builds))
    made = Archive(now, lives=known.lives)
    for one in pages:
        pod, page = one.labels.get("pod", "?"), one.labels.get("page", "?")
        (first, _), (last, count) = one.points[0], one.points[-1]
        made.counted[pod, page] = count or 0
        made.days[pod] = (first, last)
    made.note_builds(builds)
    if made.days and not reader.problems:
        _archives[reader.prometheus.name] = made
    return made


async def lives(reader: Reader, archive: Archive, pods: set[str], alive: set[str], now: float) -> dict[str, Life]:
    """Return the lives of these pods, of which those `alive` have no end."""
    known = {pod: archive.lives.setdefault(pod, Life()) for pod in pods}
    # Since the archive was made, and a day before it: of that day it knows no more than that they were there.
    recent = ceil(now - archive.at) + DAY if archive.at else 2 * DAY
    births: dict[float, set[str]] = {}
    deaths: dict[float, set[str]] = {}
    for pod, life in known.items():
        first, last = archive.days.get(pod, (now, now))
        if life.first is None:
            births.setdefault(first, set()).add(pod)
        if pod in alive:
            life.last = None
        elif life.last is None:
            deaths.setdefault(last if last < archive.at else now, set()).add(pod)

    async def find(which: str, end: float, pods: set[str]) -> dict[str, float]:
        # The time of a sample is seen up to 15 seconds later.
        return await reader.by_pod(queries.sampled(pods, which, f"{recent if end == now else DAY}s"), end + 15)

    for found in await asyncio.gather(*(find("min", *group) for group in births.items())):
        for pod, first in found.items():
            known[pod].first = first
    for found in await asyncio.gather(*(find("max", *group) for group in deaths.items())):
        for pod, last in found.items():
            known[pod].last = last
    return {pod: replace(life) for pod, life in known.items()}
