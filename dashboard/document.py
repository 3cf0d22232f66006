"""The documents that the dashboard's page, its CSV files and programs read, whichever source they come from.

`data.json` is Data, `health.json` is Now, `comparison.json` is a comparison.Comparison. `data.json` and `data.csv` take
the parameters `range=7d` (15m, 1h, 6h, 24h, 7d, 30d, 90d, today, yesterday) or `from=…&to=…` (ISO 8601, or seconds
since 1970), and `pod=…`; `data.csv` also `table=…`, one of TABLES; `comparison.json` an event's `from` and `to`.
"""

from dataclasses import asdict, dataclass, field
from typing import Any

from dashboard.figures import Answers, Chart, Event, Exceptions, Health, PageStats, Replica, Source, Span, Stats, Unit

CHARTS: dict[str, tuple[str, Unit]] = {
    "requests": ("Requests per second", "per second"),
    "counts": ("Requests", "requests"),
    "answers": ("Answers by status", "per second"),
    "latency": ("Response time", "seconds"),
    "replicas": ("Requests per second by replica", "per second"),
}

TABLES = (*CHARTS, "pages", "pods", "status", "exceptions", "events")


@dataclass
class Data:
    """All that the dashboard shows about a range; queried `at`, to be queried again after `refresh` seconds.

    `problems` are sentences: which data are missing, why, and what to do. The chart `replicas` has the series "lowest",
    "median" and "highest" of all replicas, or, with the parameter `pod`, that pod's series and those of all others.
    """

    at: float
    refresh: int
    source: Source
    range: Span
    health: Health = field(default_factory=Health)
    stats: Stats = field(default_factory=Stats)
    pages: list[PageStats] = field(default_factory=list)
    charts: dict[str, Chart] = field(default_factory=lambda: {name: Chart(unit) for name, (_, unit) in CHARTS.items()})
    answers: list[Answers] = field(default_factory=list)
    exceptions: list[Exceptions] = field(default_factory=list)
    replicas: list[Replica] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the document for JSON."""
        return asdict(self)


@dataclass
class Now:
    """The health alone, at `health.json`: cheap, so that it can be queried every 5 seconds whatever the range."""

    at: float
    source: Source
    health: Health
    problems: list[str] = field(default_factory=list)
