"""What the page, its CSV files and programs read of a range, whichever source it comes from.

Times are seconds since 1970, durations are seconds, shares are percent. Counts are whole and exact. None is unknown.
"""

from collections.abc import Callable
from dataclasses import asdict
from statistics import median
from typing import Any

from dashboard import words
from dashboard.charts import charts, sparkline
from dashboard.counts import Counts, Labels, name_of, pod_of
from dashboard.events import events
from dashboard.health import health, is_error, of_visitors
from dashboard.quantiles import QUANTILES, quantile
from dashboard.queries import PAGES
from dashboard.ranges import HOUR, MINUTE, Span, today
from dashboard.reading import Readings

ODD_P95, ODD_ERRORS = 3.0, 1.0
# Nobody notices how many times as slow as the others a replica is below it.
FAST = 0.005

Row = dict[str, Any]


def document(readings: Readings, span: Span, now: float, pod: str | None) -> Row:
    """Return all that the page shows of a range; `pod` is the replica whose line is compared with the others'.

    If the source is not available, there are only `problems`: the page then keeps what it shows.
    """
    data = health_now(readings, now)
    data |= {"refresh": max(15, min(span.step, 5 * MINUTE)) if span.live else HOUR, "range": asdict(span)}
    if readings.available:
        data |= {
            "stats": _stats(readings, span),
            "pages": [_page(readings, page, span, now) for page in PAGES],
            "charts": charts(readings, span, pod),
            "answers": sorted(_answers(readings.counts["answers"], span), key=lambda row: row["status"][0] != "5"),
            "exceptions": [
                {"type": name, "count": count} for (name,), count in _counted(readings.counts["exceptions"], span)
            ],
            "replicas": _replicas(readings, span, now),
            "events": events(readings.lives, readings.since, span),
        }
        if not readings.problems and not any(chart["series"] for chart in data["charts"].values()):
            data["problems"] = [f"{readings.source} has no samples of homercovilha in this range."]
    return data


def health_now(readings: Readings, now: float) -> Row:
    """Return the health alone: cheap, so that it can be read every 5 seconds whatever the range."""
    source = {"name": readings.source, "available": readings.available}
    known = {"health": health(readings, now)} if readings.available else {}
    return {"at": now, "source": source, "problems": readings.problems} | known


def comparison(readings: Readings, times: list[float]) -> Row:
    """Return what changed from the first two times to the last two, in figures and in one sentence."""
    before, after = (_compared(readings, *period) for period in (times[:2], times[2:]))
    units = {"Requests": "per second", "Server errors": "percent", "p95": "seconds"}
    figures: list[Row] = [
        {"name": name, "unit": unit, "before": before[name], "after": after[name]}
        | {"change": words.change(before[name], after[name])}
        for name, unit in units.items()
    ]
    ways = {"per second": lambda value: f"{value:.3g}/s", "percent": words.percent, "seconds": words.seconds}
    parts = [
        f"{one['name']} {ways[one['unit']](one['before'])} before, {ways[one['unit']](one['after'])} after"
        for one in figures
        if one["before"] is not None and one["after"] is not None
    ]
    sentence = f"{'; '.join(parts)}." if parts else "There are no samples to compare."
    return {"sentence": sentence, "figures": figures, "problems": readings.problems}


def _compared(readings: Readings, start: float, end: float) -> dict[str, float | None]:
    requests, answers, buckets = (readings.counts[kind] for kind in ("requests", "answers", "buckets"))
    rate = requests.total(start, end, lambda _: True) / (end - start) if end > start else 0.0
    return {
        "Requests": round(rate, 3) if requests.sampled(start, end) else None,
        "Server errors": _share(answers.total(start, end, is_error), answers.total(start, end, of_visitors)),
        "p95": quantile(0.95, buckets.by(name_of, start, end)),
    }


def _stats(readings: Readings, span: Span) -> Row:
    """Return figures of visitors' requests in the range, and of the replicas now."""
    answers = readings.counts["answers"]
    buckets = readings.counts["buckets"].by(name_of, span.start, span.end)
    errors, responses = (
        answers.total(span.start, span.end, where) if answers.rows else None for where in (is_error, of_visitors)
    )
    return {
        "responses": responses,
        "errors": errors,
        "errors_percent": _share(errors, responses),
        **{name: quantile(share, buckets) for name, share in QUANTILES.items()},
        "replicas_up": readings.up,
        "replicas_known": readings.known,
    }


def _share(part: int | None, whole: int | None) -> float | None:
    return round(100 * (part or 0) / whole, 3) if whole else None


def _page(readings: Readings, page: str, span: Span, now: float) -> Row:
    """Return the requests to a page; `yesterday` ends at this time of day, `rate` is of the last 5 minutes."""
    requests = readings.counts["requests"]

    def total(begin: float, end: float) -> int | None:
        return requests.total(begin, end, lambda labels: labels[1] == page) if requests.times else None

    def total_if_known(begin: float, end: float) -> int | None:
        return total(begin, end) if readings.saw(begin) else None

    yesterday, this_time_yesterday, midnight = today(now)
    counts = {
        "total": total(span.start, span.end),
        "previous": total_if_known(*span.previous),
        "today": total(midnight, now),
        "yesterday": total_if_known(yesterday, this_time_yesterday),
    }
    risen = requests.summed(name_of).get(page, [0.0] * len(requests.times))
    return counts | {
        "name": page,
        "change": words.change(counts["previous"], counts["total"]),
        "today_change": words.change(counts["yesterday"], counts["today"]),
        "all_time": readings.all_time.get(page),
        "since": readings.since,
        "rate": round((total(now - 5 * MINUTE, now) or 0) / (5 * MINUTE), 3),
        "sparkline": sparkline(risen, requests, span),
    }


def _answers(answers: Counts, span: Span) -> list[Row]:
    return [
        {"status": status, "view": view, "method": method, "count": count}
        for (view, status, method), count in _counted(answers, span)
    ]


def _counted(counts: Counts, span: Span) -> list[tuple[Labels, int]]:
    """Return what was counted of all pods by the other labels, the most first."""
    counted = counts.by(lambda labels: labels[1:], span.start, span.end)
    return sorted(((labels, count) for labels, count in counted.items() if count), key=lambda row: (-row[1], row[0]))


def _replicas(readings: Readings, span: Span, now: float) -> list[Row]:
    """Return the replicas that lived in the range, the odd and the living first, then those that stopped last."""
    requests, answers, buckets = (readings.counts[kind] for kind in ("requests", "answers", "buckets"))
    if not requests.times:
        return []

    def by_pod(where: Callable[[Labels], bool]) -> dict[str, int]:
        counted = answers.by(lambda labels: (labels[0], where(labels)), span.start, span.end)
        return {pod: count for (pod, is_meant), count in counted.items() if is_meant}

    counted = requests.by(pod_of, span.start, span.end)
    lately = requests.by(pod_of, now - 5 * MINUTE, now)
    risen, failed, answered = requests.summed(pod_of), by_pod(is_error), by_pod(of_visitors)
    histograms: dict[str, dict[str, int]] = {}
    for (pod, le), count in buckets.by(lambda labels: labels, span.start, span.end).items():
        histograms.setdefault(pod, {})[le] = count
    rows = []
    for pod, life in readings.lives.items():
        state = "up" if pod in readings.alive else "stopped" if life.get("stopped") else "missing"
        rows.append(
            {
                "pod": pod,
                "state": state,
                **{name: life.get(name) for name in ("version", "revision", "started", "stopped")},
                "requests": counted.get(pod),
                "rate": round(lately.get(pod, 0) / (5 * MINUTE), 3) if state == "up" else None,
                "errors_percent": _share(failed.get(pod), answered.get(pod)),
                "p95": words.digits(quantile(0.95, histograms.get(pod, {}))),
                "sparkline": sparkline(risen[pod], requests, span),
            }
        )
    _mark_odd(rows)
    order = {"missing": 0, "up": 1, "stopped": 2}
    return sorted(rows, key=lambda row: (order[row["state"]], not row["odd"], -(row["stopped"] or 0), row["pod"]))


def _mark_odd(rows: list[Row]) -> None:
    """Add sentences about what sets a replica apart."""
    known = [row["p95"] for row in rows if row["p95"] is not None]
    usual = median(known) if known else 0.0
    for row in rows:
        p95, errors, row["odd"] = row["p95"], row["errors_percent"], []
        if p95 and len(known) > 1 and p95 > max(ODD_P95 * usual, FAST):
            times = f"{p95 / usual:.3g} times" if usual else "above"
            row["odd"].append(f"Its p95 of {words.seconds(p95)} is {times} the median of the replicas.")
        if errors and errors > ODD_ERRORS:
            row["odd"].append(f"{words.percent(errors)} of its answers are server errors.")
