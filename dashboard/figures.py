"""The parts of the document that `dashboard.document` puts together: plain figures, with their units.

Times are seconds since 1970, durations are seconds, shares are percent (0 to 100). Counts are whole and exact.
None means unknown; an empty list means that there is nothing.
"""

from dataclasses import dataclass, field
from typing import Literal

State = Literal["ok", "warning", "critical", "unknown"]
Unit = Literal["per second", "requests", "seconds", "percent"]


@dataclass
class Source:
    """Where the data come from, and when its newest sample was `scraped`.

    While it is not `available` the document has no data: keep what is on the page.
    """

    kind: Literal["prometheus", "replicas"]
    name: str
    available: bool = True
    scraped: float | None = None


@dataclass
class Span:
    """The time range, from `start` to `end`.

    `query` leads to it again ("range=7d", "from=…&to=…"); `earlier` and `later` lead to its neighbours, `later` is None
    at the present. `live` ranges end now and are worth a refresh. A line has a point each `step` seconds, a bar of
    whole counts stands for one `bar`. `before` names the period of the same length that it is compared with.
    """

    name: str
    label: str
    start: float
    end: float
    step: int
    live: bool
    bar: Literal["minute", "10 minutes", "hour", "day"]
    before: str
    query: str
    earlier: str
    later: str | None


@dataclass
class Check:
    """One line of the health: the state of the last 5 minutes in a sentence, and the chart that shows more."""

    name: Literal["scrape", "replicas", "errors", "latency", "alerts"]
    title: str
    state: State
    sentence: str
    chart: str


@dataclass
class Health:
    """The health now, whatever the range: the worst state of all checks, and its title ("Healthy")."""

    state: State = "unknown"
    title: str = "Unknown"
    checks: list[Check] = field(default_factory=list)


@dataclass
class PageStats:
    """The requests to one page.

    `total` is of the range, `previous` of the period before it, `change` the difference in percent of `previous`.
    `today` begins at midnight in Covilhã; `yesterday` ends at this time of day, `today_change` compares them.
    `all_time` is all that the source knows, which begins at `since`. `rate` is the mean of the last 5 minutes.
    `sparkline` has requests per second over equal parts of the range.
    """

    name: str
    path: str
    total: int | None = None
    previous: int | None = None
    change: float | None = None
    today: int | None = None
    yesterday: int | None = None
    today_change: float | None = None
    all_time: int | None = None
    since: float | None = None
    rate: float | None = None
    sparkline: list[float | None] = field(default_factory=list)


@dataclass
class Stats:
    """Visitors' requests in the range (without /metrics, static files and unknown paths), and the replicas now."""

    responses: int | None = None
    errors: int | None = None
    errors_percent: float | None = None
    p50: float | None = None
    p95: float | None = None
    p99: float | None = None
    replicas_up: int | None = None
    replicas_known: int | None = None


@dataclass
class Series:
    """A line, or the bars of one colour: a value for each of the chart's times, None at a gap.

    `previous` series show the period before, moved to the times of this one.
    """

    name: str
    values: list[float | None]
    previous: bool = False


@dataclass
class Chart:
    """Series over the same times.

    A value of a line is the mean of the step that ends at its time. In the chart `counts`, a bar begins at its time and
    ends where the next one begins, the last one at the end of the range; all bars add up to the pages' totals.
    """

    unit: Unit
    times: list[float] = field(default_factory=list)
    series: list[Series] = field(default_factory=list)


@dataclass
class Answers:
    """How many answers of one view, status and method there were in the range."""

    view: str
    status: str
    method: str
    count: int


@dataclass
class Exceptions:
    """How many exceptions of one type were not handled in the range."""

    type: str
    count: int


@dataclass
class Replica:
    """One replica that lived in the range. `state` and `rate` (the mean of the last 5 minutes) are of now.

    `requests`, `errors_percent`, `p95` and `sparkline` are of the range. `odd` says in sentences what sets it apart.
    """

    pod: str
    state: Literal["up", "missing", "stopped"]
    version: str | None = None
    revision: str | None = None
    started: float | None = None
    stopped: float | None = None
    requests: int | None = None
    rate: float | None = None
    errors_percent: float | None = None
    p95: float | None = None
    sparkline: list[float | None] = field(default_factory=list)
    odd: list[str] = field(default_factory=list)


@dataclass
class Event:
    """Replicas that started or stopped together, from `start` to `end`: a deployment is one event.

    `title` is like "1.4.0: 20 replaced 09:36–09:41". The comparison of 30 minutes before and after is loaded on demand,
    with the query "from=<start>&to=<end>".
    """

    kind: Literal["replaced", "started", "stopped"]
    start: float
    end: float
    title: str
    version: str | None
    revision: str | None
    started: list[str]
    stopped: list[str]
