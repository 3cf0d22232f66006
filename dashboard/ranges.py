"""The ranges of time that the dashboard shows, and how finely."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

COVILHA = ZoneInfo("Europe/Lisbon")

# `rate()` needs two samples in its window: two minutes hold two also where a scrape is due only once a minute.
SHORTEST_WINDOW = 120


class UnknownRangeError(ValueError):
    """A sentence that names the range asked for and those that exist."""


@dataclass(frozen=True)
class Range:
    """A range of time up to now. `seconds` is a multiple of `step`, and at most 300 times as long."""

    name: str
    label: str
    seconds: int
    step: int

    @property
    def window(self) -> int:
        """Seconds that one point of a curve is the mean of: at least the step, so that nothing falls between points."""
        return max(self.step, SHORTEST_WINDOW)

    def times(self, now: float) -> list[float]:
        """Return the times of a chart's points in seconds since 1970, to the millisecond, the last of them `now`."""
        return [round(now - ago, 3) for ago in range(self.seconds, -1, -self.step)]


RANGES = {
    shown.name: shown
    for shown in (
        Range("15m", "15 minutes", 15 * 60, step=5),
        Range("1h", "1 hour", 3_600, step=15),
        Range("6h", "6 hours", 6 * 3_600, step=90),
        Range("24h", "24 hours", 24 * 3_600, step=300),
        Range("7d", "7 days", 7 * 24 * 3_600, step=2_400),
    )
}
DEFAULT_RANGE = "1h"


def find_range(name: str) -> Range:
    """Return the range called `name`; raise UnknownRangeError for any other name."""
    if name not in RANGES:
        raise UnknownRangeError(f"There is no range {name[:40]!r}. Ask for one of {', '.join(RANGES)}.")
    return RANGES[name]


def seconds_of_today(now: float) -> int:
    """Return the whole seconds, at least 1, since the midnight in Covilhã before `now` (seconds since 1970)."""
    midnight = datetime.fromtimestamp(now, COVILHA).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(1, round(now - midnight.timestamp()))
