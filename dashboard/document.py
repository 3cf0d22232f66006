"""What the page, its CSV files and programs read of a range, whichever source it comes from.

Times are seconds since 1970, durations are seconds, shares are percent. Counts are whole and exact. None is unknown.
"""

from dataclasses import asdict
from statistics import median
from typing import Any

from dashboard import words
from dashboard.charts import charts, sparkline
from dashboard.counts import Counts, Labels, name_of, pod_of
from dashboard.events import events
from dashboard.health import failed, health
from dashboard.quantiles import QUANTILES, quantile
from dashboard.queries import PAGES
from dashboard.ranges import HOUR, MINUTE, Span, today
from dashboard.reading import Readings

ODD_P95, ODD_ERRORS = 3.0, 1.0
# Nobody notices how many times as slow as the others a replica is below it.
FAST = 0.005
# How long a rate of now is the mean of.
LATELY = 5 * MINUTE
# Of the replicas that stopped, a table lists the newest: a site that is deployed daily has thousands in 90 days.
MOST_STOPPED = 100
# Seconds until a page loads data again that change all the time, or of which a part is missing.
SHORTEST_REFRESH = 15

Row = dict[str, Any]


def document(
    readings: Readings, span: Span, now: float, pod: str | None, most_stopped: int | None = MOST_STOPPED
) -> Row:
    """Return all that the page shows of a range; `pod` is the replica whose line is compared with the others'.

    `most_stopped` of the replicas that stopped are listed, the newest; all if it is None.

    If the source is not available, there are only `problems`: the page then keeps what it shows.
    """
    changes = SHORTEST_REFRESH if readings.problems else min(span.step, 5 * MINUTE) if span.live else HOUR
    data = health_now(readings, now) | {"refresh": max(SHORTEST_REFRESH, changes), "range": asdict(span)}
    if readings.available:
        listed = _listed(readings, pod, most_stopped)
        data |= {
            "stats": _stats(readings, span) | {"replicas_more": _more(len(readings.lives) - len(listed))},
            "pages": [_page(readings, page, span, now) for page in PAGES],
            "charts": charts(readings, span, pod),
            "answers": sorted(_answers(readings.counts["answers"], span), key=lambda row: row["status"][0] != "5"),
            "exceptions": [
                {"type": name, "count": count} for (name,), count in _counted(readings.counts["exceptions"], span)
            ],
            "replicas": _replicas(readings, listed, span, now),
            "events": events(readings.lives, readings.since, span),
        }
        if not readings.problems and not any(chart["series"] for chart in data["charts"].values()):
            data["problems"] = [f"There are no samples of homercovilha in this range (source: {readings.source})."]
    return data


def health_now(readings: Readings, now: float) -> Row:
    """Return the health alone: cheap, so that it can be read every 5 seconds whatever the range."""
    source = {"name": readings.source, "available": readings.available}
    known = {"health": health(readings, now)} if readings.available else {}
    return {"at": now, "source": source, "problems": readings.problems} | known


def comparison(readings: Readings, times: list[float]) -> Row:
    """Return what changed from the first two times to the last two."""
    before, after = (_compared(readings, *period) for period in (times[:2], times[2:]))
    units = {"Requests": "per second", "Server errors": "percent", "p95": "seconds"}
    figures = [
        {"name": name, "unit": unit, "before": before[name], "after": after[name]}
        | {"change": words.change(before[name], after[name])}
        for name, unit in units.items()
    ]
    return {"figures": figures, "problems": readings.problems}


def _compared(readings: Readings, start: float, end: float) -> dict[str, float | None]:
    requests, answers, buckets = (readings.counts[kind] for kind in ("requests", "answers", "buckets"))
    errors, responses = failed(answers, start, end)
    return {
        "Requests": round(requests.total(start, end) / (end - start), 3) if requests.sampled(start, end) else None,
        "Server errors": _share(errors, responses),
        "p95": quantile(0.95, buckets.by(name_of, start, end)),
    }


def _stats(readings: Readings, span: Span) -> Row:
    """Return figures of visitors' requests in the range, and of the replicas now."""
    answers, buckets = (readings.counts[kind] for kind in ("answers", "buckets"))
    errors, responses = failed(answers, span.start, span.end) if answers.rows else (None, None)
    histogram = buckets.by(name_of, span.start, span.end)
    return {
        "responses": responses,
        "errors": errors,
        "errors_percent": _share(errors, responses),
        **{name: quantile(share, histogram) for name, share in QUANTILES.items()},
        "replicas_up": readings.up,
        "replicas_known": readings.known,
    }


def _share(part: int | None, whole: int | None) -> float | None:
    return round(100 * (part or 0) / whole, 3) if whole else None


def _page(readings: Readings, page: str, span: Span, now: float) -> Row:
    """Return the requests to a page; `yesterday` ends at this time of day."""
    all_pages = readings.counts["requests"]
    requests = all_pages.split(name_of).get(page, Counts(all_pages.times))
    yesterday, this_time_yesterday, midnight = today(now)

    def total(begin: float, end: float, *, known: bool = bool(all_pages.times)) -> int | None:
        return requests.total(begin, end) if known else None

    counts = {
        "total": total(span.start, span.end),
        "previous": total(*span.previous, known=readings.saw(span.previous[0])),
        "today": total(midnight, now),
        "yesterday": total(yesterday, this_time_yesterday, known=readings.saw(yesterday)),
    }
    return counts | {
        "name": page,
        "change": words.change(counts["previous"], counts["total"]),
        "today_change": words.change(counts["yesterday"], counts["today"]),
        "all_time": readings.all_time.get(page),
        "since": readings.since,
        "sparkline": sparkline(requests, span) if requests.times else [],
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


def _replicas(readings: Readings, listed: list[str], span: Span, now: float) -> list[Row]:
    """Return the listed replicas: the missing, the odd, the others, then those that stopped last."""
    requests, answers, buckets = (readings.counts[kind].split(pod_of) for kind in ("requests", "answers", "buckets"))
    rows = []
    for pod in listed:
        life = readings.lives[pod]
        state = "up" if pod in readings.alive else "stopped" if life["stopped"] else "missing"
        counted = requests[pod]
        histogram = buckets.get(pod, Counts()).by(name_of, span.start, span.end)
        rows.append(
            {
                "pod": pod,
                "state": state,
                **{name: life.get(name) for name in ("version", "revision", "started", "stopped")},
                "requests": counted.total(span.start, span.end),
                "rate": round(counted.total(now - LATELY, now) / LATELY, 3) if state == "up" else None,
                "errors_percent": _share(*failed(answers.get(pod, Counts()), span.start, span.end)),
                "p95": words.digits(quantile(0.95, histogram)),
                "sparkline": sparkline(counted, span),
            }
        )
    for stopped in (True, False):
        # What stopped may have been another revision.
        _mark_odd([row for row in rows if (row["state"] == "stopped") == stopped])
    order = {"missing": 0, "up": 1, "stopped": 2}
    return sorted(rows, key=lambda row: (order[row["state"]], not row["odd"], -(row["stopped"] or 0), row["pod"]))


def _listed(readings: Readings, chosen: str | None, most_stopped: int | None) -> list[str]:
    """Return the replicas that a table lists: all that live or are missing, the last to stop, and the chosen one."""
    stopped = {pod: life["stopped"] for pod, life in readings.lives.items() if life["stopped"]}
    listed = set(sorted(stopped, key=lambda pod: -stopped[pod])[:most_stopped])
    return [pod for pod in readings.lives if pod not in stopped or pod == chosen or pod in listed]


def _more(number: int) -> str:
    """Return a sentence about the replicas that are not listed."""
    return f"{number:,} more stopped earlier. Drag over a chart to see those of fewer days." if number else ""


def _mark_odd(rows: list[Row]) -> None:
    """Add sentences about what sets a replica apart from the others in `rows`."""
    known = [row["p95"] for row in rows if row["p95"] is not None]
    usual = median(known) if known else 0.0
    for row in rows:
        p95, errors, row["odd"] = row["p95"], row["errors_percent"], []
        if p95 and len(known) > 1 and p95 > max(ODD_P95 * usual, FAST):
            times = f"{p95 / usual:.3g} times" if usual else "above"
            row["odd"].append(f"Its p95 of {words.seconds(p95)} is {times} the median of the replicas.")
        if errors and errors > ODD_ERRORS:
            row["odd"].append(f"{words.percent(errors)} of its answers are server errors.")
