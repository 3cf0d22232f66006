"""Without Prometheus the replicas are sampled while somebody looks; a day of it survives the page and the server."""

import time
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from dashboard.document import document
from dashboard.models import Sample
from dashboard.ranges import DAY, HOUR, MINUTE, find_span
from dashboard.reading import read_now, read_range
from dashboard.sources import history
from dashboard.sources.history import Taken, thinned

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("each_database")]

NOW = 1_800_000_000.0


def pod(count: float, created: float = NOW - 2 * HOUR, version: str = "1.4.0") -> dict[str, Any]:
    counted = {"requests/homersimpson": count, "requests/covilha": count / 2, "answers/covilha/200/GET": count}
    return counted | {"buckets/0.1": count, "buckets/+Inf": count, "created": created, "version": version}


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Look at the dashboard at a time at which these pods answer."""

    def looking(at: float, name: str = "1h", **pods: dict[str, Any]) -> Any:
        def take(now: float) -> Taken:
            history._keep(now, pods)
            return Taken(now, pods, len(pods), len(pods))

        monkeypatch.setattr(history, "take", take)
        span = find_span({"range": name}, at)
        return document(read_range(span, at), span, at, None)

    return looking


def test_counts_of_the_replicas_are_those_of_the_pages(client: Client, settings: Settings) -> None:
    client.get("/covilha")  # The counters are made when the pages are loaded.
    before = history.take(NOW).pods[settings.EXPORTER["pod"]]
    for _ in range(3):
        client.get("/covilha")
    after = history.take(NOW + 1).pods[settings.EXPORTER["pod"]]

    for name in ("requests/covilha", "answers/covilha/200/GET", "buckets/+Inf"):
        assert float(after[name]) - float(before[name]) == 3
    assert float(after["created"]) <= time.time()


def test_page_lives_from_the_first_look_on_and_remembers_after_a_reload(look: Any) -> None:
    first = look(NOW, a=pod(100, created=NOW - 10))
    second = look(NOW + 10, a=pod(160, created=NOW - 10))

    for data, total in ((first, 100), (second, 160)):
        assert [data["pages"][0][name] for name in ("total", "all_time", "previous")] == [total, total, None]
        assert sum(data["charts"]["counts"]["series"][0]["values"]) == total
        assert data["charts"]["requests"]["series"][0]["values"][-1] > 0
        assert all(chart["series"] for chart in data["charts"].values())
    assert Sample.objects.count() == 2


def test_what_was_counted_before_anybody_looked_is_in_no_range(look: Any) -> None:
    look(NOW, a=pod(5_000, created=NOW - 3 * DAY))
    data = look(NOW + 60, a=pod(5_060, created=NOW - 3 * DAY))

    assert [data["pages"][0][name] for name in ("total", "all_time", "since")] == [60, 5_060, NOW - 3 * DAY]


@pytest.mark.parametrize("name", ["1h", "24h"])
def test_line_after_a_pause_is_the_mean_of_the_pause_and_no_peak(look: Any, name: str) -> None:
    look(NOW - HOUR / 2, name, a=pod(1_000))
    data = look(NOW, name, a=pod(1_000 + HOUR / 2))
    (line,) = [one["values"] for one in data["charts"]["requests"]["series"][:1]]

    assert line[-1] == pytest.approx(1, rel=0.01)
    assert max(value or 0 for value in line) <= 10


def test_rolling_update_is_an_event_and_keeps_the_counts(look: Any) -> None:
    look(NOW, a=pod(100), b=pod(100))
    look(NOW + 60, a=pod(110), c=pod(5, NOW + 30, "1.5.0"))
    data = look(NOW + 120, c=pod(9, NOW + 30, "1.5.0"), d=pod(7, NOW + 90, "1.5.0"))

    (event,) = data["events"]
    assert event["title"].startswith("1.5.0: 2 replaced ")
    assert (event["started"], event["stopped"]) == (["c", "d"], ["b", "a"])
    assert [(one["pod"], one["state"]) for one in data["replicas"]] == [
        ("c", "up"),
        ("d", "up"),
        ("a", "stopped"),
        ("b", "stopped"),
    ]
    assert data["pages"][0]["all_time"] == 110 + 100 + 9 + 7


def test_history_is_thinned_to_the_steps_of_the_ranges_and_ends_after_a_day() -> None:
    times = {NOW - 15.0 * n for n in range(int((DAY + 2 * HOUR) / 15))}
    for at in sorted(times):  # As it goes: a sample each 15 seconds for 26 hours, thinned every hour.
        if at % HOUR == 0:
            times -= {one for one in times if one <= at} - thinned([one for one in times if one <= at], at)
    kept = thinned(times, NOW)

    assert len(kept) < 1_000
    assert NOW - DAY - 2 * HOUR < min(kept) < NOW - DAY
    assert len([at for at in kept if at > NOW - 30 * MINUTE]) >= 30 * MINUTE / 15 - 2


def test_admin_that_knows_nobody_says_what_to_set(settings: Settings) -> None:
    settings.EXPORTER = settings.EXPORTER | {"is_replica": False, "peers": []}

    readings = read_now(NOW)

    assert "Set PROMETHEUS_URL" in readings.problems[0]
    assert not readings.available
