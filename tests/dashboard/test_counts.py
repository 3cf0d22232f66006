"""Counts between two times are exact, and add up."""

from hypothesis import given
from hypothesis import strategies as st

from dashboard.counts import Counts, Row

TIMES = [0.0, 10.0, 20.0, 30.0, 40.0]
ROWS: dict[tuple[str, ...], Row] = {
    ("was there", "home"): [100, 110, 130, 130, 160],
    ("is new", "home"): [None, None, 500, 520, 530],
    ("missed scrapes", "home"): [7, None, None, 70, 71],
    ("stopped", "home"): [0, 30, None, None, None],
    ("lost its memory", "home"): [50, 60, 5, 6, 9],
}


def by_pod(begin: float, end: float) -> dict[str, int]:
    return Counts(TIMES, ROWS).by(lambda labels: labels[0], begin, end)


def test_count_is_last_value_less_the_value_before() -> None:
    assert by_pod(0, 40) == {
        "was there": 60,
        "is new": 530,
        "missed scrapes": 64,
        "stopped": 30,
        "lost its memory": 10 + 9,
    }
    assert by_pod(10, 20)["missed scrapes"] == by_pod(10, 40)["stopped"] == 0


@given(st.lists(st.one_of(st.none(), st.integers(0, 1_000)), min_size=5, max_size=5))
def test_counts_of_parts_add_up_to_that_of_the_whole(row: Row) -> None:
    counts = Counts(TIMES, {("a", "home"): row})
    parts = [counts.total(begin, begin + 10) for begin in TIMES[:-1]]

    assert sum(parts) == counts.total(0, 40)
    assert min(parts) >= 0


def test_what_was_sampled_when_is_known() -> None:
    counts = Counts(TIMES, {("a",): [None, 1, None, None, 2]})

    assert [counts.sampled(begin, begin + 10) for begin in TIMES[:-1]] == [True, False, False, True]
    assert Counts().by(lambda labels: labels, 0, 10) == {}
