"""The sky against sunrise tables for 40.2806° N, 7.5044° W, in UTC."""

from datetime import UTC, datetime, timedelta

import pytest

from pages import sky

SUN = [  # civil dawn, sunrise, sunset, civil dusk
    ("2026-03-20", "06:06", "06:34", "18:42", "19:09"),
    ("2026-06-21", "04:27", "05:01", "20:03", "20:37"),
    ("2026-10-01", "05:59", "06:27", "18:12", "18:40"),
    ("2026-12-21", "07:18", "07:49", "17:07", "17:38"),
]


def utc(day: str, time: str) -> datetime:
    return datetime.fromisoformat(f"{day}T{time}:00").replace(tzinfo=UTC)


@pytest.mark.parametrize(("day", "dawn", "sunrise", "sunset", "night"), SUN)
def test_sun_rises_and_sets_within_a_minute_of_the_table(
    day: str, dawn: str, sunrise: str, sunset: str, night: str
) -> None:
    changes = sky.changes(utc(day, "00:00").date())

    for name, expected in {"dawn": dawn, "sunrise": sunrise, "sunset": sunset, "night": night}.items():
        assert abs(changes[name] - utc(day, expected)) <= timedelta(minutes=1), name


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
    assert sky.phase(utc("2026-12-21", time)) == phase


def test_changes_of_every_day_come_in_order() -> None:
    for number in range(366):
        day = utc("2028-01-01", "00:00") + timedelta(days=number)
        changes = sky.changes(day.date())

        moments = [changes[name] for name in ("dawn", "sunrise", "day", "dusk", "sunset", "night")]
        assert [day, *moments, day + timedelta(days=1)] == sorted([day, *moments, day + timedelta(days=1)])
