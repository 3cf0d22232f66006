"""A week of ten replicas is there in half a second."""

import os
import time
from pathlib import Path

import pytest

from dashboard.queries import latency
from dashboard.ranges import find_range
from dashboard.sources.prometheus import PrometheusSource
from tests.e2e.dashboard.week import Week
from tests.prometheus import Prometheus

pytestmark = pytest.mark.alone

MOST_SECONDS = 0.5
PODS = 10


def test_week_of_ten_replicas_is_there_in_half_a_second(tmp_path: Path) -> None:
    begin = time.time()
    week = Week(int(begin), days=7, pods=PODS, deployed_ago=None)
    samples = week.make_blocks(tmp_path / "prometheus/data")
    made = time.time() - begin
    took: list[float] = []
    worked: list[float] = []
    with Prometheus(tmp_path / "prometheus", []) as prometheus:
        source = PrometheusSource(prometheus.url)
        # The machine may be busy, and Prometheus with its new blocks: one undisturbed answer tells how long it takes.
        while len(took) < 5 or (min(*took, *worked) > MOST_SECONDS and len(took) < 20):
            begin, used = time.perf_counter(), _processor_seconds(prometheus)
            data = source.read(find_range("7d"), round(time.time(), 3))
            took.append(time.perf_counter() - begin)
            worked.append(_processor_seconds(prometheus) - used)
        p95 = prometheus.value(latency(0.95, find_range("7d").window), data.at)

    print(f"\n{samples:,} samples, made in {made:.1f} s")
    print(f"answers in {_milliseconds(took)}, of it work {_milliseconds(worked)}")
    assert data.problems == []
    assert data.numbers["replicas.up"] == PODS
    assert [len(data.charts[name].curves) for name in ("requests", "latency", "replicas")] == [2, 3, PODS]
    assert all(len(chart.times) == 253 for chart in data.charts.values())
    values = data.charts["requests"].curves[0].values
    assert sum(value is not None for value in values) > 0.95 * len(values)
    assert data.charts["latency"].curves[1].values[-1] == pytest.approx(p95)
    assert data.numbers["since"] == pytest.approx(week.start, abs=7_200)
    # What one core works in this time, two cores answer in no more, when nobody else wants them.
    assert min(*took, *worked) <= MOST_SECONDS


def _processor_seconds(prometheus: Prometheus) -> float:
    """Return how long this process and the Prometheus have worked, on all cores together."""
    fields = Path(f"/proc/{prometheus.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + time.process_time()


def _milliseconds(seconds: list[float]) -> str:
    return f"{[round(one * 1_000) for one in sorted(seconds)]} ms"
