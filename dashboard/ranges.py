"""The time ranges that the dashboard shows, and how finely. Days and hours are those of Covilhã."""

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from dashboard.figures import Span

COVILHA = ZoneInfo("Europe/Lisbon")
MINUTE, HOUR, DAY = 60, 3_600, 86_400
LONGEST = 366 * DAY
# The year 2100: what lies behind it is a slip of the keyboard, or milliseconds.
LATEST = 4_102_444_800

# A window of two minutes holds two samples also where Prometheus scrapes only once a minute.
SHORTEST_WINDOW = 120

NAMED = {
    "15m": ("15 minutes", 15 * MINUTE),
    "1h": ("1 hour", HOUR),
    "6h": ("6 hours", 6 * HOUR),
    "24h": ("24 hours", DAY),
    "7d": ("7 days", 7 * DAY),
    "30d": ("30 days", 30 * DAY),
    "90d": ("90 days", 90 * DAY),
}
RANGES = {name: label for name, (label, _) in NAMED.items()} | {"today": "Today", "yesterday": "Yesterday"}
DEFAULT_RANGE = "1h"

# Up to so many seconds long: the step of a line in seconds, and what a bar stands for. Bars are whole steps.
Bar = Literal["minute", "10 minutes", "hour", "day"]
STEPS: tuple[tuple[int, int, Bar], ...] = (
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


def find_span(query: Mapping[str, str], now: float) -> Span:
    """Return the range that a query string names with `range`, or with `from` and `to`; raise RangeError."""
    if "from" in query or "to" in query:
        return _between(query, now)
    name = query.get("range", DEFAULT_RANGE)
    if name not in RANGES:
        raise RangeError(f"There is no range {name[:40]!r}. Choose one of {', '.join(RANGES)}, or give from and to.")
    start, end, before = now, now, "the day before"
    if name in NAMED:
        start, before = now - NAMED[name][1], f"the {NAMED[name][0]} before"
        before = before.replace("the 1 ", "the ")
    elif name == "today":
        start, before = midnight(now), "yesterday until this time"
    else:
        start, end = midnight(now, -1), midnight(now)
    return _span(name, RANGES[name], start, end, now, before=before, query=f"range={name}")


def previous(span: Span) -> tuple[float, float]:
    """Return when the period that the range is compared with begins and ends."""
    if span.name in ("today", "yesterday"):
        return midnight(span.start, -1), _day_before(span.end)
    return span.start - (span.end - span.start), span.start


def midnight(at: float, days: int = 0) -> float:
    """Return when the day of `at` began in Covilhã, or the day so many `days` later."""
    day = datetime.fromtimestamp(at, COVILHA).date() + timedelta(days)
    return datetime.combine(day, time(), COVILHA).timestamp()


def today(now: float) -> tuple[float, float, float]:
    """Return when yesterday began, the same time of day yesterday, and when today began."""
    return midnight(now, -1), _day_before(now), midnight(now)


def window(step: int) -> int:
    """Return the seconds that a point of a line is the mean of: at least the step, so that nothing falls between."""
    return max(step, SHORTEST_WINDOW)


def boundaries(start: float, end: float, step: int) -> list[float]:
    """Return the times after `start` and before `end` at which a step ends by the clock of Covilhã."""
    if step <= HOUR:
        first = (math.floor(start / step) + 1) * step
        return [float(at) for at in range(first, math.ceil(end), step)]
    hours = range(0, 24, step // HOUR)
    days = range(math.ceil((end - start) / DAY) + 2)
    first_day = datetime.fromtimestamp(start, COVILHA).date()
    times = (
        datetime.combine(first_day + timedelta(day), time(hour), COVILHA).timestamp() for day in days for hour in hours
    )
    return [at for at in times if start < at < end]


def bars(span: Span) -> list[float]:
    """Return when the bars of whole counts begin: the first one with the range, the others by the clock."""
    return [span.start, *boundaries(span.start, span.end, BARS[span.bar])]


def all_times(span: Span, now: float) -> tuple[list[float], list[float]]:
    """Return the times at which requests are counted for a range, the one before and today; and those of the range."""
    width, before = window(span.step), previous(span)
    times = rising(boundaries(span.start - width, span.end, span.step), [span.start, span.end])
    compared = boundaries(before[0] - width, before[1], span.step)
    return rising(times, compared, before, today(now), [now - 5 * MINUTE, now]), times


def recent_times(now: float) -> list[float]:
    """Return the times that the health is told from: 5 minutes ago but for one scrape, a minute ago, now.

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
    with suppress(ValueError):
        if 0 <= (at := float(text)) < LATEST:
            return round(at, 3)
    with suppress(ValueError, OverflowError):
        date = datetime.fromisoformat(text)
        at = (date if date.tzinfo else date.replace(tzinfo=COVILHA)).timestamp()
        if 0 <= at < LATEST:
            return at
    raise RangeError(f"{name} is {text[:40]!r}. Give a time such as 2026-11-24T09:30, or the seconds since 1970.")


def _between(query: Mapping[str, str], now: float) -> Span:
    if not query.get("from") or not query.get("to"):
        raise RangeError("A range needs both its ends. Give from and to, or range alone.")
    start, end = moment(query["from"], "from"), min(moment(query["to"], "to"), now)
    if start >= end - MINUTE:
        raise RangeError("A range lasts at least a minute and begins in the past. Let from be earlier than to.")
    if end - start > LONGEST:
        raise RangeError(f"A range lasts at most {LONGEST // DAY} days. Choose a shorter one.")
    label = f"{clock(start)}–{clock(end, date=midnight(start) != midnight(end))}"
    return _span("custom", label, start, end, now, before="the same time before", query=_query(start, end))


def _span(name: str, label: str, start: float, end: float, now: float, *, before: str, query: str) -> Span:
    step, bar = next((step, bar) for most, step, bar in STEPS if end - start <= most + HOUR * (most > DAY))
    length = end - start
    later = None if end >= now else _query(end, min(end + length, now))
    live = end >= now
    return Span(name, label, start, end, step, live, bar, before, query, _query(start - length, start), later)


def _query(start: float, end: float) -> str:
    return f"from={start:.0f}&to={end:.0f}"


def _day_before(at: float) -> float:
    return (datetime.fromtimestamp(at, COVILHA) - timedelta(days=1)).timestamp()
