"""What a source reads for the dashboard: cumulative counts by replica, and what it knows of the replicas."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from dashboard.figures import Source

Labels = tuple[str, ...]
Group = TypeVar("Group", bound=Hashable)
Row = list[float | None]


class Counts:
    """Counters at rising `times`: the last sample of each since the time before, None if there was none.

    `labels` of a counter begin with its pod. A counter that was not there before began at 0; one that falls began
    again at 0, because its pod's memory was emptied: what is counted between two times is exact, and adds up.
    """

    def __init__(self, times: Iterable[float], rows: dict[Labels, Row]) -> None:
        self.times, self.rows = list(times), rows
        self.risen = {labels: _risen(row) for labels, row in rows.items()}
        self._sampled = [any(value is not None for value in column) for column in zip(*rows.values(), strict=True)]

    def sampled(self, begin: float, end: float) -> bool:
        """Return whether there was any sample after `begin` and up to `end`."""
        first, last = bisect_right(self.times, begin), bisect_right(self.times, end)
        return any(self._sampled[first:last])

    def pods(self, at: float) -> set[str]:
        """Return the pods that had counted up to a time."""
        index = bisect_right(self.times, at)
        return {labels[0] for labels, row in self.rows.items() if any(value is not None for value in row[:index])}

    def total(self, begin: float, end: float, where: Callable[[Labels], bool]) -> int:
        """Return what the counters with labels `where` counted after `begin` and up to `end`, which are in `times`."""
        return sum(self.by(lambda labels: where(labels) or None, begin, end).values())

    def by(self, key: Callable[[Labels], Group | None], begin: float, end: float) -> dict[Group, int]:
        """Return the same for each group: `key` returns the group of a counter's labels, None if it has none."""
        first, last = self.index(begin), self.index(end)
        counted: dict[Group, int] = {}
        for labels, risen in self.risen.items():
            group = key(labels)
            if group is not None:
                counted[group] = counted.get(group, 0) + round(risen[last] - (risen[first] if first >= 0 else 0))
        return counted

    def summed(self, key: Callable[[Labels], str | None]) -> dict[str, list[float]]:
        """Return for each group what its counters had counted at each of the times, together."""
        groups: dict[str, list[list[float]]] = {}
        for labels, risen in self.risen.items():
            group = key(labels)
            if group is not None:
                groups.setdefault(group, []).append(risen)
        return {group: [sum(column) for column in zip(*rows, strict=True)] for group, rows in groups.items()}

    def index(self, at: float) -> int:
        """Return the index of the last of the times that is not after `at`, -1 if there is none."""
        return bisect_right(self.times, at) - 1


def _risen(row: Row) -> list[float]:
    """Return what a counter counted up to each time, on top of its first value."""
    known, total, risen = 0.0, 0.0, []
    for value in row:
        if value is not None:
            total += value - known if value >= known else value
            known = value
        risen.append(total)
    return risen


@dataclass
class Life:
    """When a replica was first and last sampled, and what it ran; `last` is None while it lives."""

    first: float | None = None
    last: float | None = None
    version: str | None = None
    revision: str | None = None


@dataclass
class Alert:
    """An alert of Prometheus that is firing."""

    name: str
    severity: str
    summary: str


def nothing() -> Counts:
    """Return counts without any counter."""
    return Counts([], {})


@dataclass
class Recent:
    """What the health is told from: counts of the last minutes, and of the same hour yesterday for comparison.

    `scraped` is the time of the newest sample, `alerts` None if Prometheus has none of the project's alert rules.
    """

    answers: Counts = field(default_factory=nothing)
    buckets: Counts = field(default_factory=nothing)
    usual: Counts = field(default_factory=nothing)
    scraped: float | None = None
    replicas_up: int | None = None
    replicas_known: int | None = None
    alerts: list[Alert] | None = None


@dataclass
class Readings:
    """All that a source knows of a range, and of today.

    `requests` are by pod and page, `answers` by pod, view, status and method, `buckets` by pod and upper bound in
    seconds, `exceptions` by pod and type. `scrapes` has the time of the newest sample at some of their times. The pods
    `alive` are in the newest scrape; one that is neither alive nor has an end of its life is missing.
    """

    source: Source
    recent: Recent = field(default_factory=Recent)
    requests: Counts = field(default_factory=nothing)
    answers: Counts = field(default_factory=nothing)
    buckets: Counts = field(default_factory=nothing)
    exceptions: Counts = field(default_factory=nothing)
    scrapes: dict[float, float] = field(default_factory=dict)
    lives: dict[str, Life] = field(default_factory=dict)
    alive: set[str] = field(default_factory=set)
    all_time: dict[str, int] = field(default_factory=dict)
    since: float | None = None
    problems: list[str] = field(default_factory=list)
