"""Counters at chosen times, read from Prometheus in few queries."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from dashboard.prometheus import Prometheus, PrometheusError, Series
from dashboard.ranges import DAY, HOUR
from dashboard.readings import Counts, Labels, Row

Answer = TypeVar("Answer")
Query = Callable[[str], str]

# Where a time stands alone, what was sampled longer before it is looked for no further.
LONGEST_WINDOW = DAY + 2 * HOUR


class _Run(NamedTuple):
    """Times with equal gaps, which one range query reads; `window` is the gap in seconds."""

    times: list[float]
    window: int


class Reader:
    """Queries of one deadline; the sentences of those that failed gather in `problems`."""

    def __init__(self, prometheus: Prometheus) -> None:
        self.prometheus = prometheus
        self.problems: list[str] = []

    async def tried(self, asked: Awaitable[Answer], otherwise: Answer) -> Answer:
        """Return what is awaited, or `otherwise` if it fails."""
        try:
            return await asked
        except PrometheusError as error:
            if str(error) not in self.problems:
                self.problems.append(str(error))
            return otherwise

    async def instant(self, query: str, at: float) -> list[Series]:
        """Return the series of an instant query, none if it fails."""
        return await self.tried(self.prometheus.instant(query, at), [])

    async def number(self, query: str, at: float) -> float | None:
        """Return the one value of an instant query, None if there is none."""
        return next((value for one in await self.instant(query, at) for _, value in one.points), None)

    async def by_pod(self, query: str, at: float) -> dict[str, float]:
        """Return the values of an instant query by pod."""
        found = await self.instant(query, at)
        return {one.labels.get("pod", "?"): value for one in found for _, value in one.points if value is not None}

    async def counts(
        self, query: Query, labels: Sequence[str], times: Sequence[float], *, sparse: bool = False
    ) -> Counts:
        """Return the counters of `query(window)` by their labels at rising times, which are whole milliseconds.

        If `sparse`, each time is read alone and with the samples of an hour, not all between the times: for more time
        than that a range query reads all samples, and those of buckets are too many.
        """
        runs = list(_runs(times, sparse=sparse))
        found = await asyncio.gather(*(self.tried(self._run(query, run), []) for run in runs))
        index = {at: number for number, at in enumerate(times)}
        rows: dict[Labels, Row] = {}
        for series in (one for answer in found for one in answer):
            row = rows.setdefault(tuple(series.labels.get(name, "?") for name in labels), [None] * len(times))
            for at, value in series.points:
                if at in index:
                    row[index[at]] = value
        return Counts(times, rows)

    async def _run(self, query: Query, run: _Run) -> list[Series]:
        promql = query(f"{run.window}s")
        if len(run.times) == 1:
            return await self.prometheus.instant(promql, run.times[0])
        return await self.prometheus.range(promql, run.times[0], run.times[-1], run.times[1] - run.times[0])


def _runs(times: Sequence[float], *, sparse: bool) -> Iterator[_Run]:
    if not times:
        return
    yield _Run([times[0]], HOUR)
    begin = 1
    while begin < len(times):
        gap, end = times[begin] - times[begin - 1], begin + 1
        while not sparse and end < len(times) and abs(times[end] - times[end - 1] - gap) < 0.001:
            end += 1
        yield _Run(list(times[begin:end]), min(math.ceil(gap), HOUR if sparse else LONGEST_WINDOW))
        begin = end
