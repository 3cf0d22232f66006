"""Which time ranges there are, how finely they are shown, and when days begin in Covilhã."""

from datetime import datetime
from itertools import pairwise

import pytest

from dashboard.ranges import BARS, COVILHA, DAY, HOUR, RANGES, RangeError, boundaries, find_span, today

NOW = datetime(2026, 11, 24, 10, 17, 23, 456_000, tzinfo=COVILHA).timestamp()


def lisbon(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> float:
    return datetime(year, month, day, hour, minute, tzinfo=COVILHA).timestamp()


@pytest.mark.parametrize("name", RANGES)
def test_line_has_as_many_points_as_can_be_told_apart(name: str) -> None:
    span = find_span({"range": name}, NOW)

    assert 20 < len(boundaries(span.start, span.end, span.step)) <= 200
    assert 5 < len(span.bars()) <= 170
    assert span.query == f"range={name}"
    assert span.live == (name != "yesterday")


@pytest.mark.parametrize("name", RANGES)
def test_bars_begin_by_the_clock_and_on_points_that_are_read(name: str) -> None:
    span = find_span({"range": name}, NOW)
    first, *others = span.bars()

    assert first == span.start
    assert set(others) <= set(boundaries(span.start, span.end, span.step))
    for begin, end in pairwise(others):
        assert end - begin == BARS[span.bar] or (span.bar == "day" and abs(end - begin - DAY) == HOUR)


def test_bars_of_days_begin_at_midnight_also_where_the_clock_changes() -> None:
    span = find_span({"from": "2026-10-20T00:00", "to": "2026-11-05T00:00"}, NOW)

    assert span.bars() == [
        *(lisbon(2026, 10, day) for day in range(20, 32)),
        *(lisbon(2026, 11, n) for n in range(1, 5)),
    ]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"range": "2h"}, "There is no range '2h'. Choose one of 15m, 1h, 6h, 24h, 7d, 30d, 90d, today, yesterday,"),
        ({"from": "2026-11-24T09:00"}, "A range needs both its ends."),
        ({"from": "soon", "to": "2026-11-24T09:00"}, "from is 'soon'. Give a time such as 2026-11-24T09:30"),
        ({"from": "0", "to": "1795545881000"}, "to is '1795545881000'. Give a time"),
        ({"from": "nan", "to": "inf"}, "from is 'nan'."),
        ({"from": "2026-11-24T09:00", "to": "2026-11-24T08:00"}, "Let from be earlier than to."),
        ({"from": "2026-11-25T09:00", "to": "2026-11-25T10:00"}, "begins in the past"),
        ({"from": "2020-01-01", "to": "2026-01-01"}, "A range lasts at most 366 days."),
    ],
)
def test_wrong_range_is_refused_in_a_sentence(query: dict[str, str], sentence: str) -> None:
    with pytest.raises(RangeError) as caught:
        find_span(query, NOW)

    assert sentence in str(caught.value)


@pytest.mark.parametrize("start", ["2026-11-23T09:00", "2026-11-23T09:00+00:00", str(lisbon(2026, 11, 23, 9))])
def test_range_of_ones_own_is_found(start: str) -> None:
    span = find_span({"from": start, "to": "2026-11-23T10:30"}, NOW)

    assert (span.start, span.end, span.live) == (lisbon(2026, 11, 23, 9), lisbon(2026, 11, 23, 10, 30), False)
    assert span.earlier == f"from={span.start - 5_400:.0f}&to={span.start:.0f}"
    assert span.later == f"from={span.end:.0f}&to={span.end + 5_400:.0f}"
    assert span.previous == (span.start - 5_400, span.start)


def test_range_that_ends_in_the_future_ends_now() -> None:
    span = find_span({"from": "2026-11-24T00:00", "to": "2026-11-25T00:00"}, NOW)

    assert (span.end, span.live, span.later) == (NOW, True, None)


def test_today_is_compared_with_yesterday_until_this_time_of_day() -> None:
    span = find_span({"range": "today"}, NOW)

    assert span.start == lisbon(2026, 11, 24)
    assert span.previous == pytest.approx((lisbon(2026, 11, 23), NOW - DAY))
    assert find_span({"range": "yesterday"}, NOW).previous == (lisbon(2026, 11, 22), lisbon(2026, 11, 23))


@pytest.mark.parametrize(
    ("moment", "began", "same_time_yesterday"),
    [
        ((2026, 7, 1, 0, 0), (2026, 7, 1), (2026, 6, 30, 0, 0)),
        ((2026, 3, 29, 12, 0), (2026, 3, 29), (2026, 3, 28, 12, 0)),
        ((2026, 10, 26, 12, 0), (2026, 10, 26), (2026, 10, 25, 12, 0)),
    ],
    ids=["midnight", "the day with 23 hours", "after the day with 25 hours"],
)
def test_today_began_at_midnight_in_covilha(
    moment: tuple[int, ...], began: tuple[int, ...], same_time_yesterday: tuple[int, ...]
) -> None:
    _, same_time, midnight = today(lisbon(*moment))

    assert (midnight, same_time) == (lisbon(*began), lisbon(*same_time_yesterday))
