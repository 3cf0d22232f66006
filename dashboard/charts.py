"""The charts: lines of means, and bars of whole counts."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from statistics import median

from dashboard.document import CHARTS
from dashboard.figures import Chart, Series, Span
from dashboard.quantiles import QUANTILES, quantile
from dashboard.queries import PAGES
from dashboard.ranges import bars, boundaries, previous, window
from dashboard.readings import Counts, Labels, Readings

SPARKS = 28
CLASSES = ("2xx", "3xx", "4xx", "5xx")
# What Prometheus scrapes is no visitor's answer.
SCRAPES = "metrics"


def charts(readings: Readings, span: Span, pod: str | None) -> dict[str, Chart]:
    """Return all charts, those without a sample in the range without series; `pod` is compared with all others."""
    times = [*boundaries(span.start, span.end, span.step), span.end]
    drawn = {name: Chart(unit) for name, (_, unit) in CHARTS.items()}
    if not readings.requests.sampled(span.start, span.end):
        return drawn
    drawn["counts"] = _counts(readings.requests, span)
    lines = {
        "requests": _requests(readings, span, times),
        "answers": _answers(readings, span, times),
        "latency": _latency(readings.buckets, span, times),
        "replicas": _replicas(readings, span, times, pod),
    }
    for name, series in lines.items():
        drawn[name].times, drawn[name].series = (times, series) if series else ([], [])
    return drawn


def sparkline(counted: Sequence[float], counts: Counts, span: Span) -> list[float | None]:
    """Return requests per second over equal parts of the range, from what was counted up to each time of `counts`."""
    part = (span.end - span.start) / SPARKS
    at = [counts.index(span.start + part * number) for number in range(SPARKS)] + [counts.index(span.end)]
    seconds = [counts.times[last] - counts.times[first] for first, last in pairwise(at)]
    return [
        _digits((counted[last] - counted[first]) / length) if length > 0 else None
        for (first, last), length in zip(pairwise(at), seconds, strict=True)
    ]


def _requests(readings: Readings, span: Span, times: list[float]) -> list[Series]:
    counted = readings.requests.summed(lambda labels: labels[1])
    begin, end = previous(span)
    shift = begin - span.start
    before = [at + shift for at in times]
    lines = [Series(page, _rate(readings, readings.requests, counted.get(page), span, times)) for page in PAGES]
    if readings.requests.pods(begin):
        for page in PAGES:
            values = _rate(readings, readings.requests, counted.get(page), span, before)
            shown = [value if at <= end else None for at, value in zip(before, values, strict=True)]
            lines.append(Series(page, shown, previous=True))
    return lines


def _answers(readings: Readings, span: Span, times: list[float]) -> list[Series]:
    def group(labels: Labels) -> str | None:
        return f"{labels[2][:1]}xx" if labels[1] != SCRAPES else None

    counted = readings.answers.summed(group)
    return [
        Series(name, _rate(readings, readings.answers, counted.get(name), span, times)) for name in CLASSES if counted
    ]


def _latency(buckets: Counts, span: Span, times: list[float]) -> list[Series]:
    counted = buckets.summed(lambda labels: labels[1])
    if not counted:
        return []
    width = window(span.step)
    moments = []
    for at in times:
        first, last = buckets.index(at - width), buckets.index(at)
        moments.append({le: risen[last] - (risen[first] if first >= 0 else 0) for le, risen in counted.items()})
    return [Series(name, [_digits(quantile(share, one)) for one in moments]) for name, share in QUANTILES.items()]


def _replicas(readings: Readings, span: Span, times: list[float], chosen: str | None) -> list[Series]:
    requests = readings.requests
    pods = requests.summed(lambda labels: labels[0])
    alive = {pod: _alive(requests, pod) for pod in pods}
    width = window(span.step)

    def line(pod: str) -> list[float | None]:
        values = _rate(readings, requests, pods[pod], span, times)
        return [value if alive[pod](at - width, at) else None for at, value in zip(times, values, strict=True)]

    lines = {pod: line(pod) for pod in pods}
    shown = [Series(chosen, lines.pop(chosen))] if chosen in lines else []
    at_once = [[value for value in column if value is not None] for column in zip(*lines.values(), strict=True)]
    band: Mapping[str, Callable[[list[float]], float]] = {"lowest": min, "median": median, "highest": max}
    return shown + [
        Series(name, [_digits(choose(values)) if values else None for values in at_once])
        for name, choose in band.items()
        if at_once
    ]


def _alive(requests: Counts, pod: str) -> Callable[[float, float], bool]:
    rows = [row for labels, row in requests.rows.items() if labels[0] == pod]
    present = [any(value is not None for value in column) for column in zip(*rows, strict=True)]

    def between(begin: float, end: float) -> bool:
        return any(present[requests.index(begin) + 1 : requests.index(end) + 1])

    return between


def _counts(requests: Counts, span: Span) -> Chart:
    starts = bars(span)
    counted = requests.summed(lambda labels: labels[1])
    at = [requests.index(start) for start in (*starts, span.end)]
    series = [
        Series(page, [round(counted[page][last] - counted[page][first]) for first, last in pairwise(at)])
        for page in PAGES
        if page in counted
    ]
    return Chart("requests", starts, series)


def _rate(
    readings: Readings, counts: Counts, counted: Sequence[float] | None, span: Span, times: Sequence[float]
) -> list[float | None]:
    """Return the mean per second of the window that ends at each of the times, None where nothing was sampled."""
    width = window(span.step)
    values: list[float | None] = []
    for at in times:
        first, last = counts.index(at - width), counts.index(at)
        if last <= 0 or not counts.sampled(at - width, at):
            values.append(None)
            continue
        first = max(first, 0)
        begin, end = counts.times[first], counts.times[last]
        # With few samples in a window, it matters when they were taken.
        known = end in readings.scrapes and begin in readings.scrapes
        seconds = readings.scrapes[end] - readings.scrapes[begin] if known else end - begin
        rise = counted[last] - counted[first] if counted else 0.0
        values.append(_digits(rise / seconds) if seconds > 0 else None)
    return values


def _digits(value: float | None) -> float | None:
    """Return four significant digits: more than a chart shows, and half of the document's size."""
    return None if value is None else float(f"{value:.4g}")
