"""The dashboard's numbers as tables, for CSV."""

import csv
import io
from datetime import datetime

from dashboard.data import Data
from dashboard.ranges import COVILHA

NUMBERS = "numbers"

Row = list[str | float | None]


def rows(data: Data, name: str) -> list[Row]:
    """Return the header and the rows of a chart, or of NUMBERS; nothing where the source has nothing."""
    if name == NUMBERS:
        return (
            [["number", "value"], *([number, value] for number, value in data.numbers.items())] if data.numbers else []
        )
    chart = data.charts[name]
    if not chart.curves:
        return []
    columns = zip(*(curve.values for curve in chart.curves), strict=True)
    return [
        ["time", *(_harmless(curve.name) for curve in chart.curves)],
        *(
            [datetime.fromtimestamp(time, COVILHA).isoformat(timespec="seconds"), *values]
            for time, values in zip(chart.times, columns, strict=True)
        ),
    ]


def as_csv(table: list[Row]) -> str:
    """Return the rows as CSV: https://www.rfc-editor.org/rfc/rfc4180"""
    text = io.StringIO()
    csv.writer(text).writerows(table)
    return text.getvalue()


def _harmless(name: str) -> str:
    # A spreadsheet would run a name that looks like a formula: https://owasp.org/www-community/attacks/CSV_Injection
    return f"'{name}" if name.startswith(("=", "+", "-", "@")) else name
