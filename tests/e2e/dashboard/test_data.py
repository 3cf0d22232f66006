"""A week with a deployment and an outage: whether its data are right, and small, and read from few samples.

How soon those of twenty replicas are there is measured by `python -m benchmarks.dashboard`.
"""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from pytest_django import Settings

from dashboard.document import Row, document
from dashboard.queries import PAGES, RESPONSES, counter
from dashboard.ranges import RANGES, clock, find_span, start_of_day, today
from dashboard.reading import read_range
from tests.e2e.dashboard.week import DAY, MINUTE, Week
from tests.support.exact_totals import exact_total
from tests.support.prometheus import Prometheus
from tests.support.servers import get

# How many samples are read for a range, of all there are: it takes time in proportion.
MOST_READ = {"7d": 1.2, "90d": 0.3}
MOST_BYTES = 150_000
NAMED = ("15m", "1h", "6h", "24h", "7d")


@dataclass
class Rig:
    """The Prometheus, and what it has samples of; the tests look at it at the same moment."""

    prometheus: Prometheus
    week: Week
    now: float
    samples: int

    def samples_read(self) -> float:
        """Return how many samples all queries so far have read."""
        metrics = get(f"{self.prometheus.url}/metrics").body.decode()
        return float(re.findall(r"^prometheus_engine_query_samples_total (\S+)", metrics, re.MULTILINE)[0])

    def read(self, pod: str | None = None, **query: str) -> Row:
        span = find_span(query, self.now)
        return document(read_range(span, self.now), span, self.now, pod)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("week")
    now = int(time.time())
    week = Week(now, pods=3)
    samples = week.make_blocks(folder / "data")
    with Prometheus(folder, []) as prometheus:
        yield Rig(prometheus, week, float(now), samples)


@pytest.fixture
def rig(served: Rig, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Rig:
    settings.PROMETHEUS_URL = served.prometheus.url
    # The machine may be busy.
    monkeypatch.setattr("dashboard.sources.prometheus.DEADLINE", 60)
    return served


@pytest.mark.parametrize("name", MOST_READ)
def test_data_are_small_and_read_from_few_samples(rig: Rig, name: str) -> None:
    before = rig.samples_read()
    data = rig.read(range=name)
    share = (rig.samples_read() - before) / rig.samples
    size = len(json.dumps(data))
    # What grows with the replicas does so evenly.
    size_of_twenty = size + (20 / rig.week.pods - 1) * len(json.dumps([data["replicas"], data["events"]]))

    print(f"\n{name}: {share:.2f} of all samples were read; {size:,} bytes, {size_of_twenty:,.0f} of twenty replicas")
    assert data["problems"] == []
    assert all(chart["series"] for chart in data["charts"].values())
    assert size_of_twenty <= MOST_BYTES
    assert 0 < share <= MOST_READ[name]


@pytest.mark.parametrize("name", RANGES)
def test_totals_are_exact_and_bars_add_up_to_them(rig: Rig, name: str) -> None:
    data = rig.read(range=name)
    span, (yesterday, same_time, midnight) = find_span({"range": name}, rig.now), today(rig.now)

    for page in data["pages"]:
        (bars,) = [one["values"] for one in data["charts"]["counts"]["series"] if one["name"] == page["name"]]
        assert (
            sum(value or 0 for value in bars) == page["total"] == rig.week.counted(page["name"], span.start, span.end)
        )
        assert page["today"] == rig.week.counted(page["name"], midnight, rig.now)
        assert page["yesterday"] == rig.week.counted(page["name"], yesterday, same_time)
        assert page["all_time"] == rig.week.counted(page["name"], 0, rig.now)
        whole = f"{span.end - span.start:.0f}s"
        assert page["total"] == rig.prometheus.value(exact_total(counter(page["name"]), whole), span.end)
        assert page["since"] == pytest.approx(rig.week.start, abs=10 * MINUTE)


@pytest.mark.parametrize("name", NAMED)
def test_totals_are_compared_with_the_period_before(rig: Rig, name: str) -> None:
    data = rig.read(range=name)
    span = find_span({"range": name}, rig.now)
    length = span.end - span.start

    for page in data["pages"]:
        assert page["previous"] == rig.week.counted(page["name"], span.start - length, span.start)
        assert page["total"]
        assert page["previous"]
        assert page["change"] == round(100 * (page["total"] - page["previous"]) / page["previous"], 2)


def test_period_that_was_not_seen_whole_is_compared_with_nothing(rig: Rig) -> None:
    assert {(page["previous"], page["change"]) for page in rig.read(range="30d")["pages"]} == {(None, None)}


# 30 days are read at the ends of steps alone, and where replicas stopped.
@pytest.mark.parametrize("name", [*NAMED, "30d"])
def test_answers_are_exact_with_the_errors_first(rig: Rig, name: str) -> None:
    data = rig.read(range=name)
    span = find_span({"range": name}, rig.now)
    window = f"{span.end - span.start:.0f}s"

    for row in data["answers"]:
        series = f'{RESPONSES}{{view="{row["view"]}",status="{row["status"]}",method="{row["method"]}"}}'
        assert row["count"] == rig.prometheus.value(exact_total(series, window, lookback="7d"), span.end), row
    failed = [row["status"].startswith("5") for row in data["answers"]]
    assert failed == sorted(failed, reverse=True)
    assert data["stats"]["errors"] == sum(row["count"] for row in data["answers"] if row["status"] == "500")


def test_replicas_of_the_range_are_listed_with_what_is_odd(rig: Rig) -> None:
    replicas, pods = rig.read(range="7d")["replicas"], rig.week.pods
    odd = [one for one in replicas if one["odd"]]

    assert [one["state"] for one in replicas] == ["up"] * pods + ["stopped"] * pods
    assert {one["pod"]: (one["version"], one["revision"]) for one in replicas} == {
        pod.name: pod.revision for pod in rig.week.replicas
    }
    assert "times the median of the replicas" in odd[0]["odd"][0]
    assert [one["pod"] for one in odd if "median" in one["odd"][0]] == [
        pod.name for pod in rig.week.replicas if pod.slow
    ]
    for one in replicas:
        (pod,) = [pod for pod in rig.week.replicas if pod.name == one["pod"]]
        assert one["requests"] == sum(_counted(rig, pod.name, rig.now - 7 * DAY, page) for page in PAGES)


@pytest.mark.parametrize("query", [{"range": "7d"}, {"range": "30d"}, {"range": "90d"}], ids=str)
def test_deployment_is_one_event_at_the_same_time_in_every_range(rig: Rig, query: dict[str, str]) -> None:
    (event,) = rig.read(**query)["events"]
    deployed, pods = rig.week.now - 2 * DAY, rig.week.pods

    crosses_midnight = start_of_day(event["start"]) != start_of_day(event["end"])
    assert event["kind"] == "replaced"
    assert event["start"] == pytest.approx(deployed, abs=3 * MINUTE)
    assert (
        event["title"] == f"1.4.0: {pods} replaced {clock(event['start'])}–{clock(event['end'], date=crosses_midnight)}"
    )
    assert (len(event["started"]), len(event["stopped"]), event["revision"]) == (pods, pods, "9f3d27b")
    assert event == rig.read(range="7d")["events"][0]


def test_chosen_replica_is_drawn_beside_all_others(rig: Rig) -> None:
    slow = next(pod.name for pod in rig.week.replicas if pod.slow)
    names = [one["name"] for one in rig.read(pod=slow, range="24h")["charts"]["replicas"]["series"]]

    assert names == [slow, "lowest", "median", "highest"]
    assert [one["name"] for one in rig.read(pod="none", range="24h")["charts"]["replicas"]["series"]] == names[1:]


def test_health_is_of_now_whatever_the_range(rig: Rig) -> None:
    assert {rig.read(range=name)["health"]["state"] for name in RANGES} == {"ok"}


def _counted(rig: Rig, pod: str, begin: float, page: str) -> float:
    series = f'{counter(page)}{{pod="{pod}"}}'
    return rig.prometheus.value(exact_total(series, f"{rig.now - begin:.0f}s"), rig.now)
