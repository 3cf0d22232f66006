"""Portugal's clocks change at 01:00 UTC on the last Sundays of March and October.

Directive 2000/84/EC, articles 2 and 3.
"""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from pages import clock

SPRING = datetime(2026, 3, 29, 1, 0, 0, tzinfo=UTC)
AUTUMN = datetime(2026, 10, 25, 1, 0, 0, tzinfo=UTC)
CASES = [
    (SPRING.replace(hour=0, minute=59, second=59), "2026-03-29", "00:59:59", "WET", "+00:00"),
    (SPRING, "2026-03-29", "02:00:00", "WEST", "+01:00"),
    (AUTUMN.replace(hour=0, minute=59, second=59), "2026-10-25", "01:59:59", "WEST", "+01:00"),
    (AUTUMN, "2026-10-25", "01:00:00", "WET", "+00:00"),
]


@pytest.mark.parametrize("accept", ["text/html", "application/json", "text/plain"])
@pytest.mark.parametrize(("instant", "date", "time", "abbreviation", "offset"), CASES)
def test_change_is_right_to_the_second(
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
    accept: str,
    instant: datetime,
    date: str,
    time: str,
    abbreviation: str,
    offset: str,
) -> None:
    monkeypatch.setattr(clock, "read", lambda: round(instant.timestamp()) * 1000)

    response = client.get("/covilha", headers={"Accept": accept}).text

    assert date in response
    assert time in response
    assert offset in response
    assert re.search(rf"\b{abbreviation}\b", response)
