"""The totals are exact: promtool evaluates the very queries over series with every kind of trouble."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from dashboard.queries import ALIVE, REPLICAS_UP, counter
from tests.support.exact_totals import exact_total, total_of_all_time
from tests.support.programs import require

HOMER = counter("homersimpson")

# One sample a minute. `_` is a missed scrape, `stale` is what follows when a replica is gone.
SERIES = {
    "was there all the time": "0+1x120",
    "arrived with 500 at first sight": "_x99 500+2x20",
    "missed its scrapes around the beginning of the hour": "0+1x50 _x20 71+1x49",
    "died within the hour": "0+3x90 stale",
    "died before the hour": "0+3x10 stale",
}
HISTORIES = {f'{HOMER}{{pod="{pod}"}}': values for pod, values in SERIES.items()}
LAST_HOUR = 60 + 540 + (120 - 50) + (270 - 180) + 0
EVER = 120 + 540 + 120 + 270 + 30


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (exact_total(HOMER, "60m"), LAST_HOUR),
        (total_of_all_time(HOMER), EVER),
        # Just after midnight: replicas that are old, though the minute before it had no scrape.
        (exact_total(HOMER, "51m"), 51 + 540 + (120 - 50) + (270 - 207)),
    ],
    ids=["the last hour", "ever", "a beginning without a scrape"],
)
def test_total_is_exact(tmp_path: Path, query: str, expected: int) -> None:
    evaluate(tmp_path, query, expected)


def test_increase_would_not_be_exact(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        evaluate(tmp_path, f"sum(increase({HOMER}[60m]))", LAST_HOUR)


def test_peers_whose_samples_have_ended_are_not_up(tmp_path: Path) -> None:
    # 15 seconds apart. Prometheus was restarted after the fourth scrape, and never learned that b has gone.
    peers = {'homercovilha_peer_up{peer="a"}': "1x40", 'homercovilha_peer_up{peer="b"}': "1x3 _x40"}
    pods = {f'{HOMER}{{pod="a"}}': "0+1x40", f'{HOMER}{{pod="b"}}': "0+1x3 _x40"}

    for series, query in ((peers, REPLICAS_UP), (pods, REPLICAS_UP), (pods, f"count({ALIVE})")):
        evaluate(tmp_path, query, 1, series, "15s", "2m")
        evaluate(tmp_path, query, 2, series, "15s", "45s")


def test_pods_that_are_scraped_once_a_minute_at_different_seconds_are_all_alive(tmp_path: Path) -> None:
    # 15 seconds apart: a is scraped at the full minute, b 45 seconds later.
    pods = {
        f'{HOMER}{{pod="a"}}': " ".join(f"{n} _x3" for n in range(10)),
        f'{HOMER}{{pod="b"}}': "_x3 " + " ".join(f"{n} _x3" for n in range(10)),
    }

    for at in ("6m", "6m45s"):
        evaluate(tmp_path, f"count({ALIVE})", 2, pods, "15s", at)


def evaluate(
    folder: Path,
    query: str,
    expected: int,
    series: dict[str, str] = HISTORIES,
    interval: str = "1m",
    at: str = "2h",
) -> None:
    """Fail unless the query's value at a time after the beginning of the series is the one expected."""
    test: dict[str, Any] = {
        "evaluation_interval": interval,
        "tests": [
            {
                "interval": interval,
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "promql_expr_test": [
                    {"expr": query, "eval_time": at, "exp_samples": [{"labels": "{}", "value": expected}]}
                ],
            }
        ],
    }
    (folder / "test.yml").write_text(json.dumps(test))
    command = [require("promtool"), "test", "rules", str(folder / "test.yml")]
    subprocess.run(command, check=True, capture_output=True, text=True)
