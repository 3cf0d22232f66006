"""Both sources fill the same shape, and tell replicas that come and go from a Prometheus that cannot see."""

import pytest
from django.test import Client
from pytest_django import Settings

from dashboard.data import Mark
from dashboard.prometheus import Prometheus, Series
from dashboard.ranges import find_range
from dashboard.sources import choose_source
from dashboard.sources.history import LONGEST, UNLIMITED, ever, retention_seconds
from dashboard.sources.prometheus import PrometheusSource
from dashboard.sources.replica_curves import busiest, marks
from dashboard.sources.replicas import ReplicasSource
from dashboard.verdict import concerns
from tests.dashboard.stand_in import Reply, everything, matrix, stand_in, vector

NOW = 1_700_000_000.0
HOUR = find_range("1h")


def test_prometheus_is_asked_where_there_is_one(settings: Settings) -> None:
    settings.PROMETHEUS_URL = "http://127.0.0.1:9090"
    assert isinstance(choose_source(), PrometheusSource)
    settings.PROMETHEUS_URL = None
    assert isinstance(choose_source(), ReplicasSource)


def test_both_sources_have_one_shape(client: Client) -> None:
    with stand_in(everything("1")) as (url, _):
        by_prometheus = PrometheusSource(url).read(HOUR, NOW).as_json()
    client.get("/homersimpson")
    by_replicas = ReplicasSource().read(HOUR, NOW).as_json()

    assert by_prometheus.keys() == by_replicas.keys()
    assert by_replicas["numbers"].keys() <= by_prometheus["numbers"].keys()
    assert by_prometheus["charts"].keys() == by_replicas["charts"].keys()


def test_replicas_tell_their_counters_now(client: Client, settings: Settings) -> None:
    def read() -> tuple[float, float, float]:
        data = ReplicasSource().read(HOUR, NOW)
        assert data.snapshot is not None
        counters = data.snapshot[settings.POD_NAME]
        return counters["covilha"], counters["buckets"].get("+Inf", 0), data.numbers["ever.covilha"] or 0

    client.get("/covilha")  # The counters are made when the pages are loaded.
    before = read()
    for _ in range(3):
        client.get("/covilha")
    after = read()

    assert [now - then for now, then in zip(after, before, strict=True)] == [3, 3, 3]


def test_replicas_know_when_they_began(client: Client) -> None:
    client.get("/homersimpson")
    data = ReplicasSource().read(HOUR, NOW)

    assert data.numbers["since"] == min(pod["created"] for pod in (data.snapshot or {}).values())
    assert (data.numbers["replicas.up"], data.numbers["replicas.known"]) == (1, 1)


def test_admin_that_knows_nobody_says_what_to_set(settings: Settings) -> None:
    settings.IS_REPLICA, settings.PEERS = False, []

    data = ReplicasSource().read(HOUR, NOW)

    assert "Set PROMETHEUS_URL" in data.problems[0]
    assert data.snapshot is None


def seen(pod: str, first: int, last: int) -> Series:
    """A pod that `queries.presence` saw from one time to another, in steps of the hour."""
    times = HOUR.times(NOW)[first : last + 1]
    return Series({"pod": pod}, dict.fromkeys(times, 1.0))


def test_marks_tell_who_started_and_who_went() -> None:
    times, late = HOUR.times(NOW), HOUR.window - HOUR.step

    found = marks([seen("stayed", 0, 240), seen("new", 100, 240), seen("old", 0, 150)], HOUR)

    assert found == [Mark(times[100], "new", "started"), Mark(times[150] - late, "old", "went")]


def test_prometheus_that_began_or_stopped_to_look_makes_no_marks() -> None:
    assert marks([seen("a", 50, 200), seen("b", 50, 200)], HOUR) == []


def test_many_replicas_stay_readable_and_complete() -> None:
    times = HOUR.times(NOW)
    replicas = [Series({"pod": f"pod-{n:02}"}, dict.fromkeys(times, float(n))) for n in range(30)]

    curves = busiest(replicas, times)

    assert [curve.name for curve in curves] == [*(f"pod-{n}" for n in range(21, 30)), "21 others"]
    assert sum(curve.values[0] or 0 for curve in curves) == sum(range(30))


@pytest.mark.parametrize(
    ("words", "seconds"),
    [
        ("15d", 15 * 86_400),
        ("1y6w or 10GiB", 365 * 86_400 + 42 * 86_400),
        ("10GiB", UNLIMITED),
        ("0s", UNLIMITED),
        ("999999999999y", LONGEST),
        (f"{'9' * 5_000}d", UNLIMITED),
        ("", UNLIMITED),
    ],
)
def test_retention_is_read_as_prometheus_says_it(words: str, seconds: int) -> None:
    assert retention_seconds(words) == seconds


@pytest.mark.parametrize("rounds", [0, 1, 2])
def test_first_sample_is_found_as_finely_as_can_be(rounds: int) -> None:
    asked = []

    def answer(path: str, parameters: dict[str, str]) -> Reply:
        if not path.endswith("range"):
            return vector("1")
        asked.append(float(parameters["step"]))
        return matrix({NOW - 1_000 - len(asked): "1"} if len(asked) <= rounds else {})

    with stand_in(answer) as (url, _), Prometheus(url, timeout=3) as prometheus:
        since = ever(prometheus, NOW)["since"]

    assert since == (NOW - 1_000 - rounds if rounds else None)


WELL = {"age": 12.0, "replicas.up": 3.0, "replicas.known": 3.0, "errors": 1.0, "responses": 1_000.0}


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        ({"age": 61.0}, "The last scrape is 61 seconds old."),
        ({"replicas.up": 2.0}, "1 of 3 replicas does not answer."),
        ({"replicas.up": 0.0}, "3 of 3 replicas do not answer."),
        ({"errors": 11.0}, "11 of 1,000 answers were server errors."),
    ],
)
def test_what_is_not_well_is_said(number: dict[str, float], sentence: str) -> None:
    (said,) = concerns(WELL | number)

    assert said.startswith(sentence)


@pytest.mark.parametrize("numbers", [WELL, {}, dict.fromkeys(WELL)])
def test_what_is_well_or_unknown_is_no_concern(numbers: dict[str, float | None]) -> None:
    assert list(concerns(numbers)) == []
