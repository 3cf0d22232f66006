"""What changed with an event: 30 minutes before it beside 30 minutes after."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from dashboard import written
from dashboard.figures import Unit
from dashboard.health import is_error, of_visitors
from dashboard.quantiles import quantile
from dashboard.ranges import MINUTE
from dashboard.readings import Readings
from dashboard.written import change

PERIOD = 30 * MINUTE


@dataclass
class Compared:
    """One figure 30 minutes before and after an event; `change` is in percent of `before`."""

    name: str
    unit: Unit
    before: float | None
    after: float | None
    change: float | None


@dataclass
class Comparison:
    """What changed with an event, in figures and in one sentence."""

    sentence: str
    figures: list[Compared]
    problems: list[str] = field(default_factory=list)


def moments(start: float, end: float, now: float) -> list[float]:
    """Return the four times at which must be read what is compared."""
    return [start - PERIOD, start, end + 0.001, max(end + MINUTE, min(end + PERIOD, now))]


def comparison(readings: Readings, times: list[float]) -> Comparison:
    """Return the comparison of what was read at `moments`."""
    before, after = (dict(_figures(readings, *period)) for period in (times[:2], times[2:]))
    units: dict[str, Unit] = {"Requests": "per second", "Server errors": "percent", "p95": "seconds"}
    figures = [
        Compared(name, unit, before[name], after[name], change(before[name], after[name]))
        for name, unit in units.items()
    ]
    return Comparison(_sentence(figures), figures, readings.problems)


def _figures(readings: Readings, start: float, end: float) -> Iterator[tuple[str, float | None]]:
    known = readings.requests.sampled(start, end)
    requests = readings.requests.total(start, end, lambda _: True)
    answers = readings.answers.total(start, end, of_visitors)
    errors = readings.answers.total(start, end, is_error)
    yield "Requests", round(requests / (end - start), 3) if known and end > start else None
    yield "Server errors", round(100 * errors / answers, 3) if answers else None
    yield "p95", quantile(0.95, readings.buckets.by(lambda labels: labels[1], start, end))


def _sentence(figures: list[Compared]) -> str:
    ways = {"per second": lambda value: f"{value:.3g}/s", "percent": written.percent, "seconds": written.seconds}
    parts = [
        f"{one.name} {ways[one.unit](one.before)} before, {ways[one.unit](one.after)} after"
        for one in figures
        if one.before is not None and one.after is not None
    ]
    return f"{'; '.join(parts)}." if parts else "There are no samples to compare."
