"""Quantiles are Prometheus' own: promtool evaluates `histogram_quantile` over the same buckets."""

import json
import subprocess
from math import inf
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.quantiles import quantile
from tests.support.programs import require

BOUNDS = ["0.001", "0.01", "0.1", "1.0", "+Inf"]
SHARES = [0.0, 0.05, 0.5, 0.95, 0.99, 1.0]


@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 1_000), min_size=5, max_size=5).filter(any))
def test_quantile_is_that_of_prometheus(tmp_path: Path, counts: list[int]) -> None:
    buckets = {bound: sum(counts[: n + 1]) for n, bound in enumerate(BOUNDS)}
    test = {
        "evaluation_interval": "1m",
        "fuzzy_compare": True,
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": f'x_bucket{{le="{name}"}}', "values": str(value)} for name, value in buckets.items()
                ],
                "promql_expr_test": [
                    {
                        "expr": f"histogram_quantile({share}, x_bucket)",
                        "eval_time": "0s",
                        "exp_samples": [{"labels": "{}", "value": _defined(quantile(share, buckets))}],
                    }
                    for share in SHARES
                ],
            }
        ],
    }
    (tmp_path / "test.yml").write_text(json.dumps(test))
    command = [require("promtool"), "test", "rules", str(tmp_path / "test.yml")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "buckets",
    [
        {},
        {"+Inf": 3},
        {"0.1": 0, "+Inf": 0},
        {"0.1": 1, "1.0": 2},
        {"0.1": 0, "+Inf": -1},
        {"NaN": 1, "-Inf": 1, "much": 1},
    ],
)
def test_histogram_that_says_nothing_has_no_quantile(buckets: dict[str, float]) -> None:
    assert quantile(0.5, buckets) is None


def _defined(value: float | None) -> float | str:
    return "NaN" if value is None else value if value < inf else "+Inf"
