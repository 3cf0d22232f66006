"""Whatever happens to pods, targets and Prometheus: the exact total is the number of requests, known beforehand."""

import json
import subprocess
import tempfile
from pathlib import Path

from hypothesis import example, given, settings

from dashboard.queries import RETENTION
from tests.deploy.prometheus.histories import DAY, HOUR, History, Pod, Stretch, histories
from tests.support.exact_totals import exact_total
from tests.support.programs import require

OUTAGE = History(60, 1_700, [Pod(0, True, (Stretch(1_699, 1),))], [(60, 1_560)])
EMPTIED = History(15, 480, [Pod(0, True, (Stretch(300, 3_333), Stretch(110, 1, "a", True)))], [])
TWO_NAMES = History(15, 480, [Pod(0, True, (Stretch(240, 1), Stretch(239, 1, "b")))], [])


@settings(max_examples=settings().max_examples // 2)
@given(histories())
@example((OUTAGE, 1_650 * 60, HOUR))
@example((EMPTIED, 2 * HOUR, HOUR))
@example((TWO_NAMES, 2 * HOUR, DAY))
def test_total_of_a_range_is_what_was_requested_in_it(case: tuple[History, int, int]) -> None:
    history, end, seconds = case
    labels = "pod, status"
    queries = {
        exact_total("x_total", f"{seconds}s", by=labels): history.total(end, seconds),
        exact_total("x_total", f"{seconds}s", f"@ {end - seconds}", by=labels): history.total(end, seconds),
        exact_total("x_total", RETENTION, by=labels): history.total(end, 10 * 365 * DAY),
    }
    evaluate(history, end, queries)


def evaluate(history: History, end: int, queries: dict[str, int | None]) -> None:
    """Fail unless each query has its value at the moment `end`, or none."""
    expected = [
        {
            "expr": query,
            "eval_time": f"{end}s",
            "exp_samples": [] if value is None else [{"labels": "{}", "value": value}],
        }
        for query, value in queries.items()
    ]
    # promtool reads the samples hour by hour, up to the last whole one: one more makes it read those of the end too.
    expected.append(
        {"expr": "vector(1)", "eval_time": f"{end + 3_600}s", "exp_samples": [{"labels": "{}", "value": 1}]}
    )
    test = {"interval": f"{history.interval}s", "input_series": history.series(), "promql_expr_test": expected}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "test.yml")
        file.write_text(json.dumps({"evaluation_interval": "1h", "tests": [test]}))
        command = [require("promtool"), "test", "rules", str(file)]
        finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
