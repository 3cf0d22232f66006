"""How many requests there were since ever, and since when that is: as long as Prometheus keeps samples."""

import re

from dashboard import queries
from dashboard.prometheus import Prometheus, PrometheusError

YEAR = 365 * queries.DAY

# https://prometheus.io/docs/prometheus/latest/querying/basics/#float-literals-and-time-durations
UNITS = {"y": YEAR, "w": 7 * queries.DAY, "d": queries.DAY, "h": 3_600, "m": 60, "s": 1, "ms": 0}

# Where only the size is limited, or the server does not say: a range beyond its samples costs nothing.
UNLIMITED = 10 * YEAR
LONGEST = 100 * YEAR

POINTS = 300


def ever(prometheus: Prometheus, now: float) -> dict[str, float | None]:
    """Return the numbers `ever.<page>` and `since`; raise PrometheusError."""
    try:
        retention = retention_seconds(prometheus.retention())
    except PrometheusError:
        retention = UNLIMITED
    numbers: dict[str, float | None] = {
        f"ever.{page}": prometheus.value(queries.total_ever(queries.counter(page)), now) for page in queries.PAGES
    }
    return numbers | {"since": _first_seen(prometheus, now - retention, now)}


def retention_seconds(words: str) -> int:
    """Return the seconds of a retention in Prometheus' words, like `15d`, `1y6w or 10GiB`, `10GiB`."""
    for part in words.split(" or "):
        if re.fullmatch(r"(\d{1,12}(ms|[ywdhms]))+", part):
            seconds = sum(int(amount) * UNITS[unit] for amount, unit in re.findall(r"(\d+)(ms|[ywdhms])", part))
            return min(seconds, LONGEST) or UNLIMITED
    return UNLIMITED


def _first_seen(prometheus: Prometheus, start: float, end: float) -> float | None:
    # Twice 300 points tell the first sample of 15 days to 15 seconds.
    first = None
    for _ in range(2):
        step = max(1, round((end - start) / POINTS))
        found = prometheus.curves(queries.any_presence(step), start, end, step)
        if not found:
            # Nothing at all; or, the second time, the sample lies behind the last whole step.
            break
        first = end = min(found[0].values)
        start = end - step
    return first
