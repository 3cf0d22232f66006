"""The charts: lines of means, and bars of whole counts."""

from collections.abc import Callable, Iterable, Iterator, Mapping
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
# What returns the rates of counters at some times.
Rates = Callable[[Counts, Iterable[float]], Line]


def charts(readings: Readings, span: Span, pod: str | None) -> dict[str, Any]:
    """Return all charts, those without a sample in the range without series; `pod` is compared with all others.

    A value of a line is the mean of the time up to it, None at a gap. A bar begins at its time and ends where the next
    one begins; all bars add up to the pages' totals. A series `previous` shows the period before, moved to this one.
    """
    times, bars, requests = span.points(), span.bars(), readings.counts["requests"]

    def rates(counts: Counts, points: Iterable[float]) -> Line:
        return [digits(rate) for rate in counts.rates(points, span.window, readings.scrapes)]

    series: dict[str, Series] = {
        "requests": _requests(readings, span, times, rates),
        "counts": _counts(requests, [*bars, span.end]),
        "answers": _answers(readings.counts["answers"], times, rates),
        "latency": _latency(readings.counts["buckets"], span, times),
        "replicas": _replicas(requests, times, pod, rates),
    }
    drawn = {}
    for name, (_, unit) in CHARTS.items():
        lines = list(series[name]) if requests.sampled(span.start, span.end) else []
        at = (bars if name == "counts" else times) if lines else []
        drawn[name] = {"unit": unit, "times": at, "series": lines}
    return drawn


def sparkline(counts: Counts, span: Span) -> Line:
    """Return how many per second there were in equal parts of the range."""
    part = (span.end - span.start) / SPARKS
    ends = [counts.index(span.start + part * number) for number in range(SPARKS)] + [counts.index(span.end)]
    pairs = [(counts.times[first], counts.times[last]) for first, last in pairwise(ends)]
    return [digits(counts.total(begin, end) / (end - begin)) if end > begin else None for begin, end in pairs]


def _one(name: str, values: Line, *, previous: bool = False) -> dict[str, Any]:
    return {"name": name, "values": values, "previous": previous}


def _requests(readings: Readings, span: Span, times: list[float], rates: Rates) -> Series:
    pages = readings.counts["requests"].split(name_of)
    begin, end = span.previous
    before = [at + begin - span.start for at in times]
    for page in PAGES:
        yield _one(page, rates(pages.get(page, Counts()), times))
    for page in PAGES if readings.saw(begin) else ():
        values = rates(pages.get(page, Counts()), before)
        shown = [value if at <= end else None for at, value in zip(before, values, strict=True)]
        yield _one(page, shown, previous=True)


def _counts(requests: Counts, ends: list[float]) -> Series:
    pages = requests.split(name_of)
    for page in PAGES:
        if page in pages:
            yield _one(page, [pages[page].total(*bar) for bar in pairwise(ends)])


def _answers(answers: Counts, times: list[float], rates: Rates) -> Series:
    def status_class(labels: Labels) -> str:
        return f"{labels[2][:1]}xx" if labels[1] != SCRAPES else "scrape"

    classes, known = answers.split(status_class), rates(answers, times)
    for name in ("2xx", "3xx", "4xx", "5xx") if classes else ():
        values = rates(classes.get(name, Counts()), times)
        yield _one(name, [None if any_ is None else value or 0.0 for any_, value in zip(known, values, strict=True)])


def _latency(buckets: Counts, span: Span, times: list[float]) -> Series:
    bounds = buckets.split(name_of)
    histograms = [{le: counts.total(at - span.window, at) for le, counts in bounds.items()} for at in times]
    for name, share in QUANTILES.items() if bounds else ():
        yield _one(name, [digits(quantile(share, histogram)) for histogram in histograms])


def _replicas(requests: Counts, times: list[float], chosen: str | None, rates: Rates) -> Series:
    lines = {pod: rates(counts, times) for pod, counts in requests.split(pod_of).items()}
    if chosen in lines:
        yield _one(chosen, lines.pop(chosen))
    together = [[value for value in column if value is not None] for column in zip(*lines.values(), strict=True)]
    for name, choose in BAND.items() if together else ():
        yield _one(name, [digits(choose(values)) if values else None for values in together])
