"""The document as tables, for CSV: https://www.rfc-editor.org/rfc/rfc4180"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

from dashboard.document import Data
from dashboard.figures import Chart
from dashboard.ranges import COVILHA

TIMES = {"time", "since", "started", "stopped", "start", "end"}
# What a spreadsheet takes for the beginning of a formula: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def rows(data: Data, name: str) -> list[Sequence[Any]]:
    """Return the header and the rows of a chart or of another of `document.TABLES`; nothing if there is nothing."""
    if name in data.charts:
        return _chart(data.charts[name])
    parts: dict[str, Sequence[Any]] = {
        "pages": data.pages,
        "pods": data.replicas,
        "status": data.answers,
        "exceptions": data.exceptions,
    }
    return _parts(parts.get(name, data.events))


def as_csv(table: Iterable[Sequence[Any]]) -> str:
    """Return the rows as CSV, with times as they are in Covilhã and their distance from UTC."""
    text = io.StringIO()
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in table)
    return text.getvalue()


def _chart(chart: Chart) -> list[Sequence[Any]]:
    if not chart.series:
        return []
    head = ["time", *(f"{one.name}, before" if one.previous else one.name for one in chart.series)]
    columns = zip(*(one.values for one in chart.series), strict=True)
    return [head, *([_time(at), *values] for at, values in zip(chart.times, columns, strict=True))]


def _parts(parts: Iterable[Any]) -> list[Sequence[Any]]:
    table = [asdict(part) for part in parts if is_dataclass(part) and not isinstance(part, type)]
    names = [name for name in (table[0] if table else {}) if name != "sparkline"]
    return [names, *([_cell(name, row[name]) for name in names] for row in table)] if table else []


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
