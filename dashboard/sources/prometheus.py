"""The dashboard's figures from Prometheus: many queries at the same time, one deadline for all."""

import asyncio
import math
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings

from dashboard import queries
from dashboard.counts import Counts, Labels
from dashboard.ranges import DAY, HOUR, SHORTEST_WINDOW
from dashboard.sources import lives
from dashboard.sources.client import Client, Series

# Seconds in which all responses must be there; what comes later is left out.
DEADLINE = 3.0
# Samples longer before a time than this are not looked for.
LONGEST_WINDOW = DAY + 2 * HOUR
# Prometheus computes one query on one core, so that two of half the points are there sooner.
MOST_POINTS = 60
# The names of the project's alerts begin with it.
ALERTS = "Homercovilha"


class Prometheus(Client):
    """The Prometheus of the settings."""

    def __init__(self) -> None:
        username, password = settings.PROMETHEUS_USERNAME, settings.PROMETHEUS_PASSWORD
        super().__init__(settings.PROMETHEUS_URL or "", username, password, DEADLINE)

    async def counts(self, kind: str, times: Sequence[float], *, sparse: bool = False) -> Counts:
        """Return the counters of a kind at rising times, which are whole milliseconds; none if any query failed.

        If `sparse`, each time is read alone and with the samples of an hour, not all between the times: for more time
        than that a range query reads all samples, and those of buckets are too many.
        """
        runs = _runs(times, sparse=sparse)
        found = await asyncio.gather(
            *(self.series(queries.counters(kind, f"{window}s"), *run) for *run, window in runs)
        )
        known = _by_labels(kind, found)
        # A pod that was not scraped for long before the first time is still known.
        unknown = {pod for pod, *_ in known} - {labels[0] for labels, values in known.items() if times[0] in values}
        if unknown:
            found.append(await self.series(queries.counters(kind, queries.RETENTION, unknown), times[0]))
            for labels, values in _by_labels(kind, found[-1:]).items():
                known[labels] |= values
        rows = {labels: list(map(values.get, times)) for labels, values in known.items()}
        return Counts() if None in found else Counts(times, rows)

    async def state(self, now: float) -> dict[str, Any]:
        """Return what Readings have of this moment."""
        queried = (queries.ALIVE, queries.NEWEST, queries.INTERVAL, queries.REPLICAS_UP, queries.REPLICAS_KNOWN)
        alerts, (alive, *numbers) = await asyncio.gather(
            self._alerts(), asyncio.gather(*(self.by_pod(query, now) for query in queried))
        )
        names = ("scraped", "interval", "up", "known")
        found = {name: value for name, one in zip(names, numbers, strict=True) for value in one.values()}
        counted = {name: round(found[name]) for name in ("up", "known") if name in found}
        return found | counted | {"alive": set(alive), "alerts": alerts}

    async def past(self, pods: set[str], alive: set[str], now: float) -> lives.Past:
        """Return the lives of the pods, and what was ever counted."""
        return await lives.find(self, pods, alive, now)

    async def scrapes(self, times: Sequence[float], step: float) -> dict[float, float]:
        """Return the time of the newest sample at times that are `step` seconds apart, but for the first and the last.

        Only few samples in a window make it matter when they were taken.
        """
        if step >= SHORTEST_WINDOW:
            return {}
        found = await asyncio.gather(
            self.series(queries.NEWEST, times[1], times[-1], step), self.series(queries.NEWEST, times[-1])
        )
        return {at: value for series in found for one in series or () for at, value in one.finite().items()}

    async def _alerts(self) -> list[dict[str, str]] | None:
        """Return the project's alerts that are firing, None if Prometheus has none of the project's rules."""
        data = await self.get("rules", {"type": "alert"})
        try:
            rules = [rule for group in data["groups"] for rule in group["rules"] if rule["name"].startswith(ALERTS)]
            firing = [
                {
                    "name": str(rule["name"]),
                    "severity": str(alert["labels"].get("severity", "warning")),
                    "summary": str(alert["annotations"].get("summary", "")),
                }
                for rule in rules
                for alert in rule["alerts"]
                if alert["state"] == "firing"
            ]
        except (KeyError, TypeError, AttributeError):
            if data is not None:
                self.note("lists its alerts in a form that is not its API's.")
            return None
        return firing if rules else None


def _by_labels(kind: str, found: list[list[Series] | None]) -> dict[Labels, dict[float, float | None]]:
    """Return the values of each counter of a kind by their time, from all responses."""
    known: dict[Labels, dict[float, float | None]] = defaultdict(dict)
    for series in (one for response in found for one in response or ()):
        known[queries.labels(kind, series.labels)] |= series.values
    return known


def _runs(times: Sequence[float], *, sparse: bool) -> Iterator[tuple[float, float, float, int]]:
    """Yield times with equal gaps, which one query reads: the first one, the last one, the gap and the window."""
    if times:
        yield times[0], times[0], 1, HOUR
    begin, most = 1, HOUR if sparse else LONGEST_WINDOW
    while begin < len(times):
        gap, end = times[begin] - times[begin - 1], begin + 1
        most_points = 1 if sparse else MOST_POINTS
        while end < min(len(times), begin + most_points) and abs(times[end] - times[end - 1] - gap) < 0.001:
            end += 1
        yield times[begin], times[end - 1], gap, min(math.ceil(gap), most)
        begin = end
