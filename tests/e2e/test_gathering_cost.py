"""A scrape of twenty replicas is cheap for the one that answers it."""

import pytest

from benchmarks.gathering import measure, real_exposition

pytestmark = pytest.mark.alone


def test_twenty_replicas_cost_at_most_150_ms_of_cpu() -> None:
    cost = measure(20, real_exposition())

    print(f"\n20 replicas: {cost.cpu * 1000:.0f} ms CPU, {cost.wall * 1000:.0f} ms wall")
    assert cost.cpu <= 0.150
