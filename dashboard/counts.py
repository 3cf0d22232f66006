"""Counters at chosen times, and what was counted between them: the one rule of all exact totals."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import cached_property
from typing import TypeVar

Labels = tuple[str, ...]
Group = TypeVar("Group", bound=Hashable)
Row = list[float | None]


class Counts:
    """Counters at rising `times`: the last sample of each since the time before, None if there was none.

    `labels` of a counter begin with its pod. A counter that was not there before began at 0; one that falls began
    again at 0, because its pod's memory was emptied: what is counted between two times is exact, and adds up.
    """

    def __init__(
        self, times: Iterable[float] = (), rows: dict[Labels, Row] | None = None, known: "Counts | None" = None
    ) -> None:
        self.times, self.rows = list(times), rows or {}
        self._risen: dict[Labels, list[float]] = {
            labels: known._risen[labels] if known else _risen(row) for labels, row in self.rows.items()
        }

    @cached_property
    def counted(self) -> list[float]:
        """What all counters had counted at each of the times, on top of what they had at the first."""
        rows = list(self._risen.values()) or [[0.0] * len(self.times)]
        return rows[0] if len(rows) == 1 else [sum(column) for column in zip(*rows, strict=True)]

    @cached_property
    def _sampled(self) -> list[bool]:
        return [column.count(None) < len(column) for column in zip(*self.rows.values(), strict=True)]

    def index(self, at: float) -> int:
        """Return the index of the last of the times that is not after `at`, -1 if there is none."""
        return bisect_right(self.times, at) - 1

    def sampled(self, begin: float, end: float) -> bool:
        """Return whether there was any sample after `begin` and up to `end`."""
        return any(self._sampled[self.index(begin) + 1 : self.index(end) + 1])

    def last(self) -> dict[Labels, float]:
        """Return the last value of each counter that has one."""
        values = {labels: [value for value in row if value is not None] for labels, row in self.rows.items()}
        return {labels: known[-1] for labels, known in values.items() if known}

    def split(self, key: Callable[[Labels], Group]) -> dict[Group, "Counts"]:
        """Return the counters of each group, which `key` makes of their labels."""
        groups: dict[Group, dict[Labels, Row]] = {}
        for labels, row in self.rows.items():
            groups.setdefault(key(labels), {})[labels] = row
        return {group: Counts(self.times, rows, self) for group, rows in groups.items()}

    def total(self, begin: float, end: float) -> int:
        """Return what all counters counted after `begin` and up to `end`, which are in `times`."""
        first, last = self.index(begin), self.index(end)
        return round(self.counted[last] - (self.counted[first] if first >= 0 else 0)) if self._risen else 0

    def by(self, key: Callable[[Labels], Group], begin: float, end: float) -> dict[Group, int]:
        """Return the same for each group."""
        return {group: counts.total(begin, end) for group, counts in self.split(key).items()}

    def rates(self, points: Iterable[float], window: float, scrapes: Mapping[float, float]) -> Row:
        """Return the mean per second of the `window` that ends at each point, None if nothing was sampled in it.

        With few samples in a window it matters when they were taken: that is in `scrapes`.
        """
        return [self._rate(max(0, self.index(at - window)), self.index(at), scrapes) for at in points]

    def _rate(self, first: int, last: int, scrapes: Mapping[float, float]) -> float | None:
        if last <= 0 or not any(self._sampled[first + 1 : last + 1]):
            return None
        begin, end = self.times[first], self.times[last]
        if begin in scrapes and end in scrapes:
            begin, end = scrapes[begin], scrapes[end]
        return (self.counted[last] - self.counted[first]) / (end - begin) if end > begin else None


def _risen(row: Row) -> list[float]:
    """Return what a counter counted up to each time, on top of its first value."""
    known, total, risen = 0.0, 0.0, []
    for value in row:
        if value is not None:
            total += value - known if value >= known else value
            known = value
        risen.append(total)
    return risen


def pod_of(labels: Labels) -> str:
    """Return the pod of a counter."""
    return labels[0]


def name_of(labels: Labels) -> str:
    """Return what a counter counts: a page, view, upper bound or type of exception."""
    return labels[1]
