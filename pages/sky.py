"""The sky over Covilhã, by the position of the sun."""

from datetime import date, datetime
from functools import lru_cache

from astral import Observer, SunDirection
from astral.sun import sun, time_at_elevation

COVILHA = Observer(40.2806, -7.5044)
LOW_SUN = 4.0
PHASES = ("dawn", "day", "dusk", "night")


@lru_cache(maxsize=2)
def changes(day: date) -> dict[str, datetime]:
    """Return when each of the PHASES of a day begins, and its "sunrise" and "sunset"."""
    times = sun(COVILHA, day)
    return {
        "dawn": times["dawn"],
        "sunrise": times["sunrise"],
        "day": time_at_elevation(COVILHA, LOW_SUN, day, SunDirection.RISING),
        "dusk": time_at_elevation(COVILHA, LOW_SUN, day, SunDirection.SETTING),
        "sunset": times["sunset"],
        "night": times["dusk"],
    }


def phase(instant: datetime) -> str:
    """Return which of the PHASES it is; the time before dawn belongs to the night."""
    begun = changes(instant.date())
    return next((name for name in reversed(PHASES) if begun[name] <= instant), "night")
