"""The document as CSV, which no spreadsheet takes for a program."""

import csv
import io

import pytest

from dashboard.charts import CHARTS
from dashboard.document import Row
from dashboard.tables import PARTS, TABLES, as_csv

# 1 o'clock in Covilhã, in summer.
AT = 1_782_000_000.0


def document(pod: str = "a") -> Row:
    series = [{"name": "covilha", "values": [1.5, None], "previous": False}] * 2
    series[1] = series[1] | {"previous": True}
    chart = {"times": [AT, AT + 60], "series": series}
    rows = [{"pod": pod, "started": AT, "stopped": None, "sparkline": [1, 2], "odd": ["One.", "Two."], "rate": -1.5}]
    return {"charts": dict.fromkeys(CHARTS, chart)} | dict.fromkeys(PARTS.values(), rows)


@pytest.mark.parametrize("name", TABLES)
def test_every_table_has_a_head_and_rows_of_its_length(name: str) -> None:
    head, *others = csv.reader(io.StringIO(as_csv(document(), name)))

    assert others
    assert {len(row) for row in others} == {len(head)}


def test_times_are_those_of_covilha_with_their_distance_from_utc() -> None:
    assert as_csv(document(), "requests").split("\r\n")[:2] == [
        'time,covilha,"covilha, before"',
        "2026-06-21T01:00:00+01:00,1.5,1.5",
    ]
    assert as_csv(document(), "pods").split("\r\n")[:2] == [
        "pod,started,stopped,odd,rate",
        "a,2026-06-21T01:00:00+01:00,,One. Two.,-1.5",
    ]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM", "\tx", "\rx", "\nx", "\uff1d1+1", "\uff20x", "\uff0d1", "\uff0b1"]
)
def test_text_that_looks_like_a_formula_is_made_harmless(text: str) -> None:
    _, row = csv.reader(io.StringIO(as_csv(document(text), "pods"), newline=""))

    assert (row[0], row[-1]) == (f"'{text}", "-1.5")
