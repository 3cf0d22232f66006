"""The time ranges that the dashboard shows, and how finely. Days and hours are those of Covilhã."""

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

COVILHA = ZoneInfo("Europe/Lisbon")
MINUTE, HOUR, DAY = 60, 3_600, 86_400
LONGEST = 366 * DAY
# The year 2100: what lies beyond is a typing error, or milliseconds.
LATEST = 4_102_444_800

# A window of two minutes holds two samples even if Prometheus scrapes only once a minute.
SHORTEST_WINDOW = 120

LENGTHS = {
    "15m": ("15 minutes", 15 * MINUTE),
    "1h": ("1 hour", HOUR),
    "6h": ("6 hours", 6 * HOUR),
    "24h": ("24 hours", DAY),
    "7d": ("7 days", 7 * DAY),
    "30d": ("30 days", 30 * DAY),
    "90d": ("90 days", 90 * DAY),
}
RANGES = {name: label for name, (label, _) in LENGTHS.items()} | {"today": "Today", "yesterday": "Yesterday"}
DEFAULT_RANGE = "1h"

# For ranges of up to so many seconds: the step of a line in seconds, and the length of a bar, which is whole steps.
STEPS = (
    (30 * MINUTE, 15, "minute"),
    (2 * HOUR, 30, "minute"),
    (8 * HOUR, 2 * MINUTE, "10 minutes"),
    (2 * DAY, 10 * MINUTE, "hour"),
    (8 * DAY, HOUR, "hour"),
    (31 * DAY, 6 * HOUR, "day"),
    (LONGEST, DAY, "day"),
)
BARS = {"minute": MINUTE, "10 minutes": 10 * MINUTE, "hour": HOUR, "day": DAY}


class RangeError(ValueError):
    """A sentence that says what is wrong with the time range, and what to do."""


@dataclass(frozen=True)
class Span:
    """A time range in seconds since 1970; `before` describes the period `previous` that it is compared with.

    A line has a point each `step` seconds, a bar of whole counts stands for one `bar`. A `live` range ends now.
    `query` leads to the range, `earlier` and `later` to its neighbours.
    """

    name: str
    start: float
    end: float
    live: bool
    step: int
    bar: str
    previous: tuple[float, float]
    before: str
    query: str
    earlier: str
    later: str | None

    @property
    def window(self) -> int:
        """The seconds of which a point of a line is the mean: at least the step, so that no sample is left out."""
        return max(self.step, SHORTEST_WINDOW)

    def points(self) -> list[float]:
        """Return the times of the points of a line."""
        return [*boundaries(self.start, self.end, self.step), self.end]

    def bars(self) -> list[float]:
        """Return when the bars begin: the first one with the range, the others by the clock."""
        return [self.start, *boundaries(self.start, self.end, BARS[self.bar])]


def find_span(query: Mapping[str, str], now: float) -> Span:
    """Return the range that a query string names with `range`, or with `from` and `to`; raise RangeError."""
    if "from" in query or "to" in query:
        return _between(query, now)
    name = query.get("range", DEFAULT_RANGE)
    if name not in RANGES:
        raise RangeError(f"There is no range {name[:40]!r}. Choose one of {', '.join(RANGES)}, or give from and to.")
    yesterday, this_time_yesterday, midnight = today(now)
    if name == "today":
        return _span(name, midnight, now, now, "yesterday until this time", (yesterday, this_time_yesterday))
    if name == "yesterday":
        return _span(name, yesterday, midnight, now, "the day before", (start_of_day(now, -2), yesterday))
    label, length = LENGTHS[name]
    return _span(name, now - length, now, now, f"the {label} before".replace("the 1 ", "the "))


def _between(query: Mapping[str, str], now: float) -> Span:
    if not query.get("from") or not query.get("to"):
        raise RangeError("A range needs both its ends. Give from and to, or range alone.")
    start, end = moment(query["from"], "from"), min(moment(query["to"], "to"), now)
    if start >= end - MINUTE:
        raise RangeError("A range lasts at least a minute and begins in the past. Let from be earlier than to.")
    if end - start > LONGEST:
        raise RangeError(f"A range lasts at most {LONGEST // DAY} days. Choose a shorter one.")
    return _span("custom", start, end, now, "the same time before")


def _span(
    name: str, start: float, end: float, now: float, before: str, previous: tuple[float, float] | None = None
) -> Span:
    length, live = end - start, end >= now
    # Days on which the clock changes may be an hour longer.
    step, bar = next((step, bar) for most, step, bar in STEPS if length <= most + HOUR * (most > DAY))
    query = f"range={name}" if name in RANGES else _query(start, end)
    earlier, later = _query(start - length, start), None if live else _query(end, min(end + length, now))
    previous = previous or (start - length, start)
    return Span(name, start, end, live, step, bar, previous, before, query, earlier, later)


def start_of_day(at: float, days: int = 0) -> float:
    """Return when the day of `at` began in Covilhã, or the day so many `days` later."""
    day = datetime.fromtimestamp(at, COVILHA).date() + timedelta(days)
    return datetime.combine(day, time(), COVILHA).timestamp()


def today(now: float) -> tuple[float, float, float]:
    """Return when yesterday began, the same time of day yesterday, and when today began."""
    this_time_yesterday = (datetime.fromtimestamp(now, COVILHA) - timedelta(days=1)).timestamp()
    return start_of_day(now, -1), this_time_yesterday, start_of_day(now)


def boundaries(start: float, end: float, step: int) -> list[float]:
    """Return the times after `start` and before `end` at which a step ends by the clock of Covilhã."""
    if step <= HOUR:
        first = (math.floor(start / step) + 1) * step
        return [float(at) for at in range(first, math.ceil(end), step)]
    days = range(math.ceil((end - start) / DAY) + 2)
    first_day = datetime.fromtimestamp(start, COVILHA).date()
    times = (
        datetime.combine(first_day + timedelta(day), time(hour), COVILHA).timestamp()
        for day in days
        for hour in range(0, 24, step // HOUR)
    )
    return [at for at in times if start < at < end]


def all_times(span: Span, now: float) -> tuple[list[float], list[float]]:
    """Return the times at which requests are counted for a range, the one before and today; and those of the range."""
    begin, end = span.previous
    times = rising(boundaries(span.start - span.window, span.end, span.step), [span.start, span.end])
    compared = boundaries(begin - span.window, end, span.step)
    return rising(times, compared, span.previous, today(now), [now - 5 * MINUTE, now]), times


def recent_times(now: float) -> list[float]:
    """Return the times that the health is judged by: 5 minutes ago less one scrape, a minute ago, now.

    So an error is forgotten when it is 5 minutes old, though the scrape that counted it came later.
    """
    return rising([now - 5 * MINUTE + 15, now - MINUTE, now])


def rising(*lists: Iterable[float]) -> list[float]:
    """Return all times in order, each once, in whole milliseconds."""
    return sorted({round(at, 3) for one in lists for at in one})


def clock(at: float, *, date: bool = True) -> str:
    """Return a time in Covilhã as "24 Nov 09:36", or without the date."""
    return f"{datetime.fromtimestamp(at, COVILHA):{'%-d %b ' if date else ''}%H:%M}"


def moment(text: str, name: str) -> float:
    """Return the time that `text` gives in ISO 8601 (in Covilhã if it names no zone) or in seconds since 1970."""
    at = -1.0
    with suppress(ValueError, OverflowError):
        date = datetime.fromisoformat(text)
        at = (date if date.tzinfo else date.replace(tzinfo=COVILHA)).timestamp()
    with suppress(ValueError):
        at = round(float(text), 3)
    if 0 <= at < LATEST:
        return at
    raise RangeError(f"{name} is {text[:40]!r}. Give a time such as 2026-11-24T09:30, or the seconds since 1970.")


def _query(start: float, end: float) -> str:
    return f"from={start:.0f}&to={end:.0f}"
