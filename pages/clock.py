"""The time in Covilhã."""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Lisbon")


def read() -> datetime:
    """Return this instant. The one place where the clock is read, so that a test can set it."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class LocalTime:
    """An instant as people in Covilhã name it.

    `local` is in Europe/Lisbon; its abbreviation and offset follow the IANA time zone database
    (https://www.iana.org/time-zones): WET, UTC+00:00, in winter and WEST, UTC+01:00, in summer.
    """

    local: datetime

    @classmethod
    def at(cls, instant: datetime) -> "LocalTime":
        return cls(instant.astimezone(ZONE))

    @property
    def iso(self) -> str:
        """RFC 3339 to the second, with the offset."""
        return self.local.isoformat(timespec="seconds")

    @property
    def date(self) -> str:
        return self.local.date().isoformat()

    @property
    def long_date(self) -> str:
        return f"{self.local:%A} {self.local.day} {self.local:%B %Y}"

    @property
    def time(self) -> str:
        return f"{self.local:%H:%M:%S}"

    @property
    def short_time(self) -> str:
        return f"{self.local:%H:%M}"

    @property
    def zone(self) -> str:
        return ZONE.key

    @property
    def abbreviation(self) -> str:
        return f"{self.local:%Z}"

    @property
    def utc_offset(self) -> str:
        return self.iso[-6:]

    @property
    def epoch_milliseconds(self) -> int:
        return int(self.local.timestamp() * 1000)

    @property
    def hour_angle(self) -> float:
        """Degrees of the hour hand, clockwise from 12; likewise the other two."""
        return (self.local.hour % 12) * 30 + self.local.minute / 2

    @property
    def minute_angle(self) -> float:
        return self.local.minute * 6 + self.local.second / 10

    @property
    def second_angle(self) -> int:
        return self.local.second * 6
