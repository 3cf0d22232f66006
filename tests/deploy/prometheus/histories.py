"""Histories of pods whose requests are known, and what a Prometheus that scraped them must say."""

from collections.abc import Iterator
from functools import cached_property
from itertools import groupby
from typing import NamedTuple

from hypothesis import strategies as st

MINUTE, HOUR, DAY = 60, 3_600, 86_400
RANGES = (5 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY, 30 * DAY)
INTERVALS = (5, 10, 15, 30, 60)
MOST_TICKS = 90_000


class Stretch(NamedTuple):
    """`ticks` scrape intervals with so many requests each, seen under these target names; "" is not scraped."""

    ticks: int
    requests: int
    targets: str = "a"
    # The node has been restarted: what the pod counted before is gone from its memory.
    emptied: bool = False


class Tick(NamedTuple):
    """What a pod shows at one moment, and how many requests it really had; `life` counts its emptyings."""

    shown: int
    requests: int
    life: int
    targets: str


class Pod(NamedTuple):
    """A pod born at a tick; `zero` if its time of creation puts a 0 into Prometheus."""

    born: int
    zero: bool
    stretches: tuple[Stretch, ...]

    def ticks(self) -> Iterator[Tick]:
        """Yield each tick of its life."""
        shown = requests = life = 0
        yield Tick(0, 0, 0, "a" if self.zero else "")
        for stretch in self.stretches:
            if stretch.emptied:
                shown, life = 0, life + 1
            for _ in range(stretch.ticks):
                shown, requests = shown + stretch.requests, requests + stretch.requests
                yield Tick(shown, requests, life, stretch.targets)


class History:
    """Pods scraped each `interval` seconds from 0 on, but for `outages` of Prometheus: first tick and length."""

    def __init__(self, interval: int, length: int, pods: list[Pod], outages: list[tuple[int, int]]) -> None:
        self.interval, self.length, self.pods, self.outages = interval, length, pods, outages

    def __repr__(self) -> str:
        return f"History({self.interval}, {self.length}, {self.pods}, {self.outages})"

    @cached_property
    def seen(self) -> list[dict[int, Tick]]:
        """For each pod its ticks that Prometheus scraped, by their number."""
        away = {tick for first, length in self.outages for tick in range(first, first + length)}
        return [
            {
                at: tick
                for at, tick in enumerate(pod.ticks(), start=pod.born)
                if tick.targets and at < self.length and (at not in away or at == pod.born)
            }
            for pod in self.pods
        ]

    def series(self) -> list[dict[str, str]]:
        """Return promtool's input_series. Two pods of the list are one pod with two values of another label."""
        return [
            {
                "series": f'x_total{{pod="{number // 2}", status="{number % 2}", instance="{target}"}}',
                "values": _values(
                    [
                        ticks[at].shown if at in ticks and target in ticks[at].targets else None
                        for at in range(self.length)
                    ]
                ),
            }
            for number, ticks in enumerate(self.seen)
            for target in "ab"
        ]

    def total(self, end: int, seconds: int) -> int | None:
        """Return what the total of the last `seconds` before the moment `end` must be, None if there is none."""
        totals = [total for ticks in self.seen if (total := self._total(ticks, end, seconds)) is not None]
        return sum(totals) if totals else None

    def _total(self, ticks: dict[int, Tick], end: int, seconds: int) -> int | None:
        before = max((at for at in ticks if at * self.interval <= end - seconds), default=None)
        last = max((at for at in ticks if end - seconds < at * self.interval <= end), default=None)
        if last is None:
            return None
        at_end, at_begin = ticks[last], ticks[before] if before is not None else Tick(0, 0, 0, "")
        had = at_end.requests - at_begin.requests
        if at_end.life == at_begin.life:
            # Exactly the requests that it had.
            return had
        # Those before the emptying may be missing. None is ever counted twice.
        total = at_end.shown - (at_begin.shown if at_begin.shown <= at_end.shown else 0)
        assert 0 <= total <= had
        return total


def _values(values: list[int | None]) -> str:
    """Return the values in promtool's notation, in which runs with the same step are short."""
    steps = [
        None if value is None else value - before if before is not None else 0
        for before, value in zip([None, *values], values, strict=False)
    ]
    parts, position = [], 0
    for step, run in groupby(steps):
        length = len(list(run))
        first = values[position]
        parts.append(f"_x{length}" if step is None else f"{first}{step:+d}x{length - 1}")
        position += length
    return " ".join(parts)


@st.composite
def histories(draw: st.DrawFn) -> tuple[History, int, int]:
    """Draw a history, and the end and the length of a range, in seconds."""
    seconds = draw(st.sampled_from(RANGES))
    interval = draw(st.sampled_from([one for one in INTERVALS if seconds / one * 2 <= MOST_TICKS]))
    length = draw(st.integers(20, max(50, seconds * 2 // interval)))
    ticks = st.integers(1, length) | st.integers(1, 10)
    # Of one pod, either the memory is emptied or the target's name changes: both at once cannot be distinguished.
    troubles = [
        st.builds(Stretch, ticks, st.integers(0, 1_000), st.sampled_from(["a", "a", "b", "ab", ""]), st.just(False)),
        st.builds(Stretch, ticks, st.integers(0, 1_000), st.sampled_from(["a", "a", ""]), st.booleans()),
    ]
    life = st.sampled_from(troubles).flatmap(lambda stretch: st.lists(stretch, min_size=1, max_size=6)).map(tuple)
    pods = draw(st.lists(st.builds(Pod, st.integers(0, length - 1), st.booleans(), life), min_size=1, max_size=4))
    outages = draw(st.lists(st.tuples(st.integers(0, length), ticks), max_size=2))
    end = draw(st.integers(0, length * interval) | st.integers(0, length).map(lambda tick: tick * interval))
    return History(interval, length, pods, outages), end, seconds
