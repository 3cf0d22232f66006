"""Counters at chosen times, and what was counted between them: the one rule of all exact totals."""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

Labels = tuple[str, ...]
Group = TypeVar("Group", bound=Hashable)
Row = list[float | None]


class Counts:
    """Counters at rising `times`: the last sample of each since the time before, None if there was none.

    `labels` of a counter begin with its pod. A counter that was not there before began at 0; one that falls began
    again at 0, because its pod's memory was emptied: what is counted between two times is exact, and adds up.
    """

    def __init__(self, times: Iterable[float] = (), rows: dict[Labels, Row] | None = None) -> None:
        self.times, self.rows = list(times), rows or {}
        self.risen = {labels: _risen(row) for labels, row in self.rows.items()}
        columns = zip(*self.rows.values(), strict=True)
        self._sampled = [any(value is not None for value in column) for column in columns]

    def index(self, at: float) -> int:
        """Return the index of the last of the times that is not after `at`, -1 if there is none."""
        return bisect_right(self.times, at) - 1

    def last(self) -> dict[Labels, float]:
        """Return the last value of each counter that has one."""
        values = {labels: [value for value in row if value is not None] for labels, row in self.rows.items()}
        return {labels: known[-1] for labels, known in values.items() if known}

    def sampled(self, begin: float, end: float) -> bool:
        """Return whether there was any sample after `begin` and up to `end`."""
        return any(self._sampled[self.index(begin) + 1 : self.index(end) + 1])

    def total(self, begin: float, end: float, where: Callable[[Labels], bool]) -> int:
        """Return what the counters with labels `where` counted after `begin` and up to `end`, which are in `times`."""
        return self.by(where, begin, end).get(True, 0)

    def by(self, key: Callable[[Labels], Group], begin: float, end: float) -> dict[Group, int]:
        """Return the same for each group of counters, which `key` makes of their labels."""
        first, last = self.index(begin), self.index(end)
        counted: dict[Group, int] = {}
        for labels, risen in self.risen.items():
            rise = round(risen[last] - (risen[first] if first >= 0 else 0))
            counted[key(labels)] = counted.get(key(labels), 0) + rise
        return counted

    def summed(self, key: Callable[[Labels], Group]) -> dict[Group, list[float]]:
        """Return for each group what its counters had counted at each of the times, together."""
        groups: dict[Group, list[list[float]]] = {}
        for labels, risen in self.risen.items():
            groups.setdefault(key(labels), []).append(risen)
        return {group: [sum(column) for column in zip(*rows, strict=True)] for group, rows in groups.items()}


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
