"""The document as CSV, which no spreadsheet takes for a program."""

import csv
import io

import pytest

from dashboard.document import TABLES
from dashboard.tables import as_csv, rows
from tests.dashboard.example import example


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_a_head_and_rows_of_its_length(name: str) -> None:
    head, *others = csv.reader(io.StringIO(as_csv(rows(example(), name))))

    assert others
    assert {len(row) for row in others} == {len(head)}


def test_times_are_those_of_covilha_with_their_distance_from_utc() -> None:
    data = example()
    data.charts["requests"].times[0] = 1_782_000_000.0

    assert rows(data, "requests")[1][0] == "2026-06-21T01:00:00+01:00"
    assert rows(data, "requests")[0] == ["time", "homersimpson", "covilha", "homersimpson, before", "covilha, before"]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM", "\tx", "\rx", "\nx", "\uff1d1+1", "\uff20x", "\uff0d1", "\uff0b1"]
)
def test_text_that_looks_like_a_formula_is_made_harmless(text: str) -> None:
    ((cell, number),) = csv.reader(io.StringIO(as_csv([[text, -1.5]]), newline=""))

    assert (cell, number) == (f"'{text}", "-1.5")
