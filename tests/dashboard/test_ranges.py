"""How finely a range is shown, and when today began."""

from datetime import datetime

import pytest

from dashboard.ranges import COVILHA, RANGES, Range, UnknownRangeError, find_range, seconds_of_today


@pytest.mark.parametrize("shown", RANGES.values(), ids=RANGES.keys())
def test_chart_has_at_most_about_300_points_and_ends_now(shown: Range) -> None:
    times = shown.times(1_700_000_000.123)

    assert 150 < len(times) <= 301
    assert times[0] == 1_700_000_000.123 - shown.seconds
    assert times[-1] == 1_700_000_000.123
    assert shown.window >= shown.step


def test_unknown_range_is_refused_with_those_that_exist() -> None:
    with pytest.raises(UnknownRangeError, match=r"There is no range '2h'. Ask for one of 15m, 1h, 6h, 24h, 7d."):
        find_range("2h")


@pytest.mark.parametrize(
    ("moment", "seconds"),
    [
        (datetime(2026, 7, 1, 0, 0, tzinfo=COVILHA), 1),
        (datetime(2026, 7, 1, 10, 30, tzinfo=COVILHA), 10.5 * 3_600),
        (datetime(2026, 3, 29, 12, 0, tzinfo=COVILHA), 11 * 3_600),
        (datetime(2026, 10, 25, 12, 0, tzinfo=COVILHA), 13 * 3_600),
    ],
    ids=["midnight", "summer", "the day with 23 hours", "the day with 25 hours"],
)
def test_today_began_at_midnight_in_covilha(moment: datetime, seconds: float) -> None:
    assert seconds_of_today(moment.timestamp()) == seconds
