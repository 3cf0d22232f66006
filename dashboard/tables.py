"""The document's parts as CSV: https://www.rfc-editor.org/rfc/rfc4180"""

import csv
import io
import unicodedata
from datetime import datetime
from typing import Any

from dashboard.charts import CHARTS
from dashboard.ranges import COVILHA

# Tables beside the charts, and the document's part that each has the rows of.
PARTS = {"pages": "pages", "pods": "replicas", "status": "answers", "exceptions": "exceptions", "events": "events"}
TABLES = (*CHARTS, *PARTS)
TIMES = {"since", "started", "stopped", "start", "end"}
# What a spreadsheet takes for the beginning of a formula: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def as_csv(data: dict[str, Any], name: str) -> str:
    """Return one of TABLES, with times in Covilhã and their distance from UTC; nothing if it has no rows."""
    if name in PARTS:
        rows = data.get(PARTS[name], [])
        names = [name for name in (rows[0] if rows else ()) if name != "sparkline"]
        table = [names, *([_cell(name, row[name]) for name in names] for row in rows)]
    else:
        chart = data["charts"][name] if "charts" in data else {"times": [], "series": []}
        rows = chart["times"]
        head = ["time", *(f"{one['name']}, before" if one["previous"] else one["name"] for one in chart["series"])]
        values = (one["values"] for one in chart["series"])
        table = [head, *map(list, zip(map(_time, chart["times"]), *values, strict=True))]
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in table)
    return text.getvalue() if rows else ""


def _cell(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return " ".join(map(str, value))
    return _time(value) if name in TIMES and value is not None else value


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, COVILHA).isoformat(timespec="seconds")


def _harmless(cell: Any) -> Any:
    # A full-width sign is a sign too.
    begins = isinstance(cell, str) and unicodedata.normalize("NFKC", cell[:1]).startswith(FORMULA)
    return f"'{cell}" if begins else cell
