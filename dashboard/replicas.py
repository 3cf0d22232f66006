"""The table of replicas: what each does, and which is odd."""

from collections.abc import Callable
from statistics import median

from dashboard import written
from dashboard.charts import sparkline
from dashboard.figures import Replica, Span
from dashboard.health import is_error, of_visitors
from dashboard.quantiles import quantile
from dashboard.ranges import MINUTE
from dashboard.readings import Counts, Labels, Readings

ODD_P95, ODD_ERRORS = 3.0, 1.0
# Below it, nobody notices whose p95 is how many times the others'.
FAST = 0.005


def replicas(readings: Readings, span: Span, now: float) -> list[Replica]:
    """Return the replicas that lived in the range, the living first, then those that stopped last."""
    requests, answers = readings.requests, readings.answers
    if not requests.times:
        return []
    counted = requests.by(lambda labels: labels[0], span.start, span.end)
    lately = requests.by(lambda labels: labels[0], now - 5 * MINUTE, now)
    risen = requests.summed(lambda labels: labels[0])
    failed = _by_pod(answers, span, is_error)
    answered = _by_pod(answers, span, of_visitors)
    rows = []
    for pod, life in readings.lives.items():
        state = "up" if pod in readings.alive else "stopped" if life.last else "missing"
        rows.append(
            Replica(
                pod,
                state,  # type: ignore[arg-type] # One of three.
                life.version,
                life.revision,
                life.first,
                life.last,
                counted.get(pod),
                round(lately.get(pod, 0) / (5 * MINUTE), 3) if state == "up" else None,
                round(100 * failed.get(pod, 0) / answered[pod], 2) if answered.get(pod) else None,
                _p95(readings.buckets, span, pod),
                sparkline(risen[pod], requests, span),
            )
        )
    _mark(rows)
    order = {"missing": 0, "up": 1, "stopped": 2}
    return sorted(rows, key=lambda row: (order[row.state], not row.odd, -(row.stopped or 0), row.pod))


def _by_pod(answers: Counts, span: Span, where: Callable[[Labels], bool]) -> dict[str, int]:
    return answers.by(lambda labels: labels[0] if where(labels) else None, span.start, span.end)


def _p95(buckets: Counts, span: Span, pod: str) -> float | None:
    counted = buckets.by(lambda labels: labels[1] if labels[0] == pod else None, span.start, span.end)
    found = quantile(0.95, counted)
    return None if found is None else float(f"{found:.4g}")


def _mark(rows: list[Replica]) -> None:
    known = [row.p95 for row in rows if row.p95 is not None]
    usual = median(known) if known else 0.0
    for row in rows:
        if row.p95 and len(known) > 1 and row.p95 > max(ODD_P95 * usual, FAST):
            times = f"{row.p95 / usual:.3g} times" if usual else "above"
            row.odd.append(f"Its p95 of {written.seconds(row.p95)} is {times} the median of the replicas.")
        if row.errors_percent and row.errors_percent > ODD_ERRORS:
            row.odd.append(f"{written.percent(row.errors_percent)} of its answers are server errors.")
