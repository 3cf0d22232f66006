"""The charts: lines of means, and bars of whole counts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import median
from typing import Any

from dashboard.counts import Counts, Labels, name_of, pod_of
from dashboard.health import SCRAPES
from dashboard.quantiles import QUANTILES, quantile
from dashboard.queries import PAGES
from dashboard.ranges import Span
from dashboard.reading import Readings
from dashboard.words import digits

CHARTS = {
    "requests": ("Requests per second", "per second"),
    "counts": ("Requests", "requests"),
    "answers": ("Answers by status", "per second"),
    "latency": ("Response time", "seconds"),
    "replicas": ("Requests per second by replica", "per second"),
}
SPARKS = 28
BAND: Mapping[str, Callable[[list[float]], float]] = {"lowest": min, "median": median, "highest": max}

Line = list[float | None]
Series = Iterator[dict[str, Any]]


def charts(readings: Readings, span: Span, pod: str | None) -> dict[str, Any]:
    """Return all charts, those without a sample in the range without series; `pod` is compared with all others.

    A value of a line is the mean of the time up to it, None at a gap. A bar begins at its time and ends where the next
    one begins; all bars add up to the pages' totals. A series `previous` shows the period before, moved to this one.
    """
    times = span.points()
    series: dict[str, Series] = {
        "requests": _requests(readings, span, times),
        "counts": _counts(readings.counts["requests"], span),
        "answers": _answers(readings, span, times),
        "latency": _latency(readings.counts["buckets"], span, times),
        "replicas": _replicas(readings, span, times, pod),
    }
    sampled = readings.counts["requests"].sampled(span.start, span.end)
    drawn = {}
    for name, (_, unit) in CHARTS.items():
        lines = list(series[name]) if sampled else []
        at = (span.bars() if name == "counts" else times) if lines else []
        drawn[name] = {"unit": unit, "times": at, "series": lines}
    return drawn


def sparkline(counted: Sequence[float], counts: Counts, span: Span) -> Line:
    """Return requests per second over equal parts of the range, from what was counted up to each time of `counts`."""
    part = (span.end - span.start) / SPARKS
    ends = [counts.index(span.start + part * number) for number in range(SPARKS)] + [counts.index(span.end)]
    return [_per_second(counted, counts.times, first, last) for first, last in pairwise(ends)]


def _per_second(counted: Sequence[float], times: Sequence[float], first: int, last: int) -> float | None:
    seconds = times[last] - times[first]
    return digits((counted[last] - counted[first]) / seconds) if seconds > 0 else None


def _one(name: str, values: Sequence[float | None], *, previous: bool = False) -> dict[str, Any]:
    return {"name": name, "values": values, "previous": previous}


def _requests(readings: Readings, span: Span, times: list[float]) -> Series:
    requests = readings.counts["requests"]
    counted = requests.summed(name_of)
    begin, end = span.previous
    before = [at + begin - span.start for at in times]
    for page in PAGES:
        yield _one(page, _rate(readings, requests, counted.get(page), span, times))
    if readings.saw(begin):
        for page in PAGES:
            values = _rate(readings, requests, counted.get(page), span, before)
            shown = [value if at <= end else None for at, value in zip(before, values, strict=True)]
            yield _one(page, shown, previous=True)


def _counts(requests: Counts, span: Span) -> Series:
    counted = requests.summed(name_of)
    ends = [requests.index(at) for at in (*span.bars(), span.end)]
    for page in PAGES:
        if page in counted:
            yield _one(page, [round(counted[page][last] - counted[page][first]) for first, last in pairwise(ends)])


def _answers(readings: Readings, span: Span, times: list[float]) -> Series:
    def status_class(labels: Labels) -> str:
        return f"{labels[2][:1]}xx" if labels[1] != SCRAPES else "scrape"

    answers = readings.counts["answers"]
    counted = answers.summed(status_class)
    for name in ("2xx", "3xx", "4xx", "5xx") if counted else ():
        yield _one(name, _rate(readings, answers, counted.get(name), span, times))


def _latency(buckets: Counts, span: Span, times: list[float]) -> Series:
    counted = buckets.summed(name_of)
    histograms = []
    for at in times:
        first, last = buckets.index(at - span.window), buckets.index(at)
        histograms.append({le: risen[last] - (risen[first] if first >= 0 else 0) for le, risen in counted.items()})
    for name, share in QUANTILES.items() if counted else ():
        yield _one(name, [digits(quantile(share, histogram)) for histogram in histograms])


def _replicas(readings: Readings, span: Span, times: list[float], chosen: str | None) -> Series:
    requests = readings.counts["requests"]
    lines = {}
    for pod, counted in requests.summed(pod_of).items():
        own = Counts(requests.times, {labels: row for labels, row in requests.rows.items() if labels[0] == pod})
        lines[pod] = _rate(readings, own, counted, span, times)
    if chosen in lines:
        yield _one(chosen, lines.pop(chosen))
    together = [[value for value in column if value is not None] for column in zip(*lines.values(), strict=True)]
    for name, choose in BAND.items() if together else ():
        yield _one(name, [digits(choose(values)) if values else None for values in together])


def _rate(
    readings: Readings, counts: Counts, counted: Sequence[float] | None, span: Span, times: Sequence[float]
) -> Line:
    """Return the mean per second of the window that ends at each of the times, None if nothing was sampled in it."""
    values: Line = []
    for at in times:
        first, last = counts.index(at - span.window), counts.index(at)
        if last <= 0 or not counts.sampled(at - span.window, at):
            values.append(None)
            continue
        first = max(first, 0)
        # With few samples in a window, it matters when they were taken.
        begin, end = counts.times[first], counts.times[last]
        if begin in readings.scrapes and end in readings.scrapes:
            begin, end = readings.scrapes[begin], readings.scrapes[end]
        rise = counted[last] - counted[first] if counted else 0.0
        values.append(digits(rise / (end - begin)) if end > begin else None)
    return values
