"""Quantiles are Prometheus' own: promtool evaluates `histogram_quantile` over the same buckets."""

import json
import subprocess
from math import inf
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.prometheus import Series
from dashboard.quantiles import quantile, quantile_curves
from tests.programs import require

BOUNDS = [0.001, 0.01, 0.1, 1.0, inf]
SHARES = [0.0, 0.05, 0.5, 0.95, 0.99, 1.0]


@settings(max_examples=5)
@given(st.lists(st.integers(0, 1_000), min_size=5, max_size=5).filter(any))
def test_quantile_is_that_of_prometheus(tmp_path: Path, counts: list[int]) -> None:
    cumulative = [sum(counts[: n + 1]) for n in range(5)]
    ours = [quantile(share, list(zip(BOUNDS, cumulative, strict=True))) for share in SHARES]
    names = ["+Inf" if bound == inf else str(bound) for bound in BOUNDS]
    test = {
        "evaluation_interval": "1m",
        "fuzzy_compare": True,
        "tests": [
            {
                "interval": "1m",
                "input_series": [
                    {"series": f'x_bucket{{le="{name}"}}', "values": str(value)}
                    for name, value in zip(names, cumulative, strict=True)
                ],
                "promql_expr_test": [
                    {
                        "expr": f"histogram_quantile({share}, x_bucket)",
                        "eval_time": "0s",
                        "exp_samples": [{"labels": "{}", "value": value}],
                    }
                    for share, value in zip(SHARES, ours, strict=True)
                ],
            }
        ],
    }
    (tmp_path / "test.yml").write_text(json.dumps(test))
    command = [require("promtool"), "test", "rules", str(tmp_path / "test.yml")]
    done = subprocess.run(command, check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("histogram", [[], [(inf, 3.0)], [(0.1, 0.0), (inf, 0.0)], [(0.1, 1.0), (1.0, 2.0)]])
def test_histogram_that_says_nothing_has_no_quantile(histogram: list[tuple[float, float]]) -> None:
    assert quantile(0.5, histogram) is None


def test_moments_without_data_are_gaps() -> None:
    buckets = [Series({"le": "0.1"}, {1: 0.0, 2: 5.0}), Series({"le": "+Inf"}, {1: 0.0, 2: 5.0})]

    (curve,) = quantile_curves(buckets, {"p50": 0.5}, [0, 1, 2])

    assert curve.values == [None, None, 0.05]


def test_buckets_that_cannot_be_have_no_quantile() -> None:
    assert quantile(0.5, [(0.1, 0), (inf, -1)]) is None
    assert quantile_curves([Series({"le": bound}, {0: 1}) for bound in ("NaN", "-Inf")], {"p50": 0.5}, [0]) == []
