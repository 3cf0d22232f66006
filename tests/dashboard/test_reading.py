"""The times at which a long range is read."""

import pytest

from dashboard.ranges import DAY, HOUR
from dashboard.reading import _hours_of_stops

MIDNIGHT = 1_800_057_600.0


def test_replicas_that_stop_within_minutes_are_read_at_one_time_that_has_the_last_counts_of_all() -> None:
    # Each day twenty replicas are replaced, one every 15 seconds.
    lives = {
        f"{day}-{number}": {"stopped": MIDNIGHT + day * DAY + 10 * HOUR + 15 * number}
        for day in range(90)
        for number in range(1, 21)
    }
    times = _hours_of_stops(lives | {"alive": {"stopped": None}, "unknown": {}})

    assert len(times) == 90
    assert all(any(0 <= at - life["stopped"] < HOUR for at in times) for life in lives.values())


@pytest.mark.parametrize(("stopped", "ends"), [(0, {0, 1}), (-1, {0, 1}), (-15, {0}), (1, {1}), (HOUR - 1, {1, 2})])
def test_last_sample_may_be_a_little_younger_than_is_known(stopped: int, ends: set[int]) -> None:
    assert _hours_of_stops({"a": {"stopped": MIDNIGHT + stopped}}) == {MIDNIGHT + end * HOUR for end in ends}
