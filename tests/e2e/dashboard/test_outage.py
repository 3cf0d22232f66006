"""An outage is red within half a minute whatever the range, and forgotten 5 minutes after its end."""

import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from pytest_django import Settings

from dashboard.document import document, health_now
from dashboard.ranges import RANGES, find_span
from dashboard.reading import read_now, read_range
from tests.e2e.dashboard.week import HOUR, MINUTE, Week
from tests.support.prometheus import Prometheus

# A scrape each 15 seconds; the answers of the outage are ten times slower too.
OUTAGE = (HOUR, HOUR - 20 * MINUTE)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Prometheus, Week]]:
    folder = tmp_path_factory.mktemp("outage")
    week = Week(int(time.time()), days=1.2, detailed_days=1.2, pods=2, deployed_ago=None, outage_ago=OUTAGE)
    week.make_blocks(folder / "data")
    with Prometheus(folder, []) as prometheus:
        yield prometheus, week


@pytest.fixture
def week(served: tuple[Prometheus, Week], settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Week:
    settings.PROMETHEUS_URL = served[0].url
    monkeypatch.setattr("dashboard.sources.prometheus.DEADLINE", 60)
    monkeypatch.setattr("dashboard.sources.lives._archives", {})
    return served[1]


def state(name: str, at: float, *, check: str) -> str:
    span = find_span({"range": name}, at)
    health = document(read_range(span, at), span, at, None)["health"]
    assert health == health_now(read_now(at), at)["health"]
    (found,) = [one["state"] for one in health["checks"] if one["name"] == check]
    return str(found)


@pytest.mark.parametrize("name", RANGES)
def test_outage_is_red_within_half_a_minute_and_green_5_minutes_after_its_end(week: Week, name: str) -> None:
    begin, end = week.outage

    assert state(name, begin, check="errors") == "ok"
    assert state(name, begin + 30, check="errors") == "critical"
    assert state(name, end, check="errors") == "critical"
    assert state(name, end + 5 * MINUTE, check="errors") == "ok"


def test_answers_that_are_slow_for_long_are_not_called_well(week: Week) -> None:
    begin, end = week.outage

    assert state("24h", begin + 5 * MINUTE, check="latency") == "warning"
    assert state("24h", end, check="latency") == "warning"
    assert state("24h", end + 6 * MINUTE, check="latency") == "ok"


def test_today_never_falls_from_one_look_to_the_next(week: Week) -> None:
    looks = []
    for tenth in range(20):
        at = week.now + tenth / 10
        span = find_span({"range": "15m"}, at)
        looks.append([page["today"] or 0 for page in document(read_range(span, at), span, at, None)["pages"]])

    assert looks == sorted(looks)
    assert all(later[1] - first[1] < 100 for first, later in pairwise(looks))


def test_site_that_is_scraped_once_a_minute_is_healthy_until_scrapes_are_missed(
    tmp_path: Path, settings: Settings
) -> None:
    slow = Week(int(time.time()), days=1, detailed_days=0.5, interval=MINUTE, ahead=0, deployed_ago=None)
    slow.make_blocks(tmp_path / "data")
    with Prometheus(tmp_path, []) as prometheus:
        settings.PROMETHEUS_URL = prometheus.url
        last = slow.times[-1]
        states = {
            after: [check["state"] for check in health_now(read_now(last + after), last + after)["health"]["checks"]]
            for after in (0, 59, 3 * MINUTE, 299)
        }

    assert {after: found[:2] for after, found in states.items()} == {
        0: ["ok", "ok"],
        59: ["ok", "ok"],
        3 * MINUTE: ["ok", "ok"],
        299: ["warning", "ok"],
    }


def test_samples_that_end_are_red_whatever_was_before(week: Week) -> None:
    at = week.now + 20 * MINUTE

    assert state("24h", at, check="scrape") == "critical"
