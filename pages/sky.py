"""The sky over Covilhã: where the sun is between dawn and night.

After NOAA's general solar position calculations
(https://gml.noaa.gov/grad/solcalc/solareqns.PDF), right to about two minutes.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import acos, cos, degrees, pi, radians, sin

LATITUDE = 40.2806
LONGITUDE = -7.5044
CIVIL_TWILIGHT = -6.0
HORIZON = -0.833
"""Altitude of the sun's centre, in degrees, when its upper edge touches the horizon."""
LOW_SUN = 4.0


@dataclass(frozen=True)
class Sky:
    """The changes of one day's sky, each in seconds after its midnight in UTC."""

    dawn: int
    sunrise: int
    day: int
    dusk: int
    sunset: int
    night: int
    midnight: datetime

    @classmethod
    def of(cls, day: date) -> "Sky":
        twilight, horizon, low = (_crossings(day, altitude) for altitude in (CIVIL_TWILIGHT, HORIZON, LOW_SUN))
        midnight = datetime.combine(day, time(), UTC)
        return cls(twilight[0], horizon[0], low[0], low[1], horizon[1], twilight[1], midnight)

    def phase_at(self, instant: datetime) -> str:
        """Return "night", "dawn", "day" or "dusk"."""
        utc = instant.astimezone(UTC)
        second = utc.hour * 3600 + utc.minute * 60 + utc.second
        phase = "night"
        for name in ("dawn", "day", "dusk", "night"):
            if second >= getattr(self, name):
                phase = name
        return phase

    def instant(self, second: int) -> datetime:
        """Return the instant of one of these changes."""
        return self.midnight + timedelta(seconds=second)


def _crossings(day: date, altitude: float) -> tuple[int, int]:
    """Return when the sun passes `altitude` degrees, rising and falling, in seconds of the UTC day."""
    year = 2 * pi / 365 * (day.timetuple().tm_yday - 1)
    equation_of_time = 229.18 * (
        0.000075 + 0.001868 * cos(year) - 0.032077 * sin(year) - 0.014615 * cos(2 * year) - 0.040849 * sin(2 * year)
    )
    declination = (
        0.006918
        - 0.399912 * cos(year)
        + 0.070257 * sin(year)
        - 0.006758 * cos(2 * year)
        + 0.000907 * sin(2 * year)
        - 0.002697 * cos(3 * year)
        + 0.00148 * sin(3 * year)
    )
    latitude = radians(LATITUDE)
    hour_angle = degrees(
        acos((sin(radians(altitude)) - sin(latitude) * sin(declination)) / (cos(latitude) * cos(declination)))
    )
    noon = 720 - 4 * LONGITUDE - equation_of_time
    return round((noon - 4 * hour_angle) * 60), round((noon + 4 * hour_angle) * 60)
