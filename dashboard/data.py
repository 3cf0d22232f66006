"""The one shape of what the dashboard shows, whichever source it comes from; as JSON, it is what the page reads."""

from dataclasses import asdict, dataclass, field
from typing import Any

from dashboard.ranges import Range

CHARTS = {
    "requests": "Requests a second",
    "latency": "Seconds until an answer",
    "replicas": "Requests a second by replica",
}


@dataclass
class Curve:
    """A line of a chart: a value for each of the chart's times, None where there is a gap."""

    name: str
    values: list[float | None]


@dataclass
class Chart:
    """Curves over the same times, in seconds since 1970. The values are requests a second, or seconds."""

    times: list[float] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)


@dataclass
class Mark:
    """A moment at which a replica "started" or "went"."""

    time: float
    pod: str
    event: str


@dataclass
class Data:
    """All that the dashboard shows about a range that ends `at`, in seconds since 1970.

    `numbers` are those of `queries.numbers`, and `ever.<page>` with `since`, a time; None is what nobody can say.
    `problems` are sentences: what is missing, why, and what to do. `concerns` are sentences too: what the numbers
    say that is not well. `refresh` is after how many seconds it is worth asking again. Where the source has no history,
    `snapshot` holds each replica's counters of this moment, and the page makes its curves of the snapshots it got.
    """

    kind: str
    source: str
    range: Range
    at: float
    refresh: int
    numbers: dict[str, float | None] = field(default_factory=dict)
    charts: dict[str, Chart] = field(default_factory=lambda: {name: Chart() for name in CHARTS})
    marks: list[Mark] = field(default_factory=list)
    snapshot: dict[str, dict[str, Any]] | None = None
    problems: list[str] = field(default_factory=list)
    concerns: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Return the document for the page."""
        return asdict(self)
