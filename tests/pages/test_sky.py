"""The sky against the times that the astral package gives for 40.2806° N, 7.5044° W, in UTC."""

from datetime import UTC, datetime, timedelta

import pytest

from pages.sky import Sky

SUN = [  # civil dawn, sunrise, sunset, civil dusk
    ("2026-03-20", "06:06", "06:34", "18:42", "19:09"),
    ("2026-06-21", "04:27", "05:01", "20:03", "20:37"),
    ("2026-10-01", "05:59", "06:27", "18:12", "18:40"),
    ("2026-12-21", "07:18", "07:49", "17:07", "17:38"),
]


def utc(day: str, time: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{time}:00").replace(tzinfo=UTC)


@pytest.mark.parametrize(("day", "dawn", "sunrise", "sunset", "night"), SUN)
def test_sun_rises_and_sets_within_three_minutes_of_the_almanac(
    day: str, dawn: str, sunrise: str, sunset: str, night: str
) -> None:
    sky = Sky.of(utc(day, "00:00").date())

    for second, expected in [(sky.dawn, dawn), (sky.sunrise, sunrise), (sky.sunset, sunset), (sky.night, night)]:
        assert abs(sky.instant(second) - utc(day, expected)) <= timedelta(minutes=3)


@pytest.mark.parametrize(
    ("time", "phase"),
    [
        ("00:00", "night"),
        ("07:30", "dawn"),
        ("12:00", "day"),
        ("17:15", "dusk"),
        ("18:00", "night"),
        ("23:59", "night"),
    ],
)
def test_phase_follows_the_sun(time: str, phase: str) -> None:
    instant = utc("2026-12-21", time)

    assert Sky.of(instant.date()).phase_at(instant) == phase


def test_changes_of_every_day_come_in_their_order() -> None:
    for number in range(366):
        sky = Sky.of((utc("2028-01-01", "00:00") + timedelta(days=number)).date())
        changes = [0, sky.dawn, sky.sunrise, sky.day, sky.dusk, sky.sunset, sky.night, 24 * 3600]
        assert changes == sorted(changes)
