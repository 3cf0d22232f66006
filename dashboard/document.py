"""The document that the dashboard's page, its CSV files and programs read, whichever source it comes from."""

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
