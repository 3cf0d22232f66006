"""A week of twenty replicas with a deployment and an outage: how soon its data are there, and whether right."""

import json
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pytest_django import Settings

from dashboard.document import Data
from dashboard.engine import document
from dashboard.queries import PAGES, RESPONSES, counter, exact_total
from dashboard.ranges import RANGES, clock, find_span, today
from dashboard.sources.prometheus import read_range
from tests.e2e.dashboard.week import DAY, MINUTE, Week
from tests.prometheus import Prometheus

pytestmark = pytest.mark.alone

PODS = 20
MOST_SECONDS = {"7d": 0.7, "90d": 2.0}
MOST_BYTES = 150_000
NAMED = ("15m", "1h", "6h", "24h", "7d")


@dataclass
class Rig:
    """The Prometheus, and what it has samples of; the tests look at it at the same moment."""

    prometheus: Prometheus
    week: Week
    now: float

    def read(self, pod: str | None = None, **query: str) -> Data:
        span = find_span(query, self.now)
        return document(read_range(span, self.now), span, self.now, pod)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("week")
    now = int(time.time())
    week = Week(now, pods=PODS)
    samples = week.make_blocks(folder / "data")
    print(f"\n{samples:,} samples, made in {time.time() - now:.1f} s")
    with Prometheus(folder, []) as prometheus:
        yield Rig(prometheus, week, float(now))


@pytest.fixture
def rig(served: Rig, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Rig:
    settings.PROMETHEUS_URL = served.prometheus.url
    # The machine may be busy.
    monkeypatch.setattr("dashboard.sources.prometheus.DEADLINE", 60)
    return served


@pytest.mark.parametrize("name", MOST_SECONDS)
def test_data_are_there_soon_and_are_small(rig: Rig, name: str) -> None:
    took: list[float] = []
    worked: list[float] = []
    # The machine may be busy, and Prometheus with its new blocks: one undisturbed answer tells how long it takes.
    while len(took) < 3 or (min(*took, *worked) > MOST_SECONDS[name] and len(took) < 20):
        begin, used = time.perf_counter(), _processor_seconds(rig.prometheus)
        data = rig.read(range=name)
        answer = json.dumps(data.as_json())
        took.append(time.perf_counter() - begin)
        worked.append(_processor_seconds(rig.prometheus) - used)

    print(f"\n{name} in {_milliseconds(took)}, of it work {_milliseconds(worked)}; {len(answer):,} bytes")
    assert data.problems == []
    assert all(chart.series for chart in data.charts.values())
    assert len(answer) <= MOST_BYTES
    # What one core works in this time, two cores answer in no more, when nobody else wants them.
    assert min(*took, *worked) <= MOST_SECONDS[name]


@pytest.mark.parametrize("name", RANGES)
def test_totals_are_exact_and_bars_add_up_to_them(rig: Rig, name: str) -> None:
    data = rig.read(range=name)
    span, (yesterday, same_time, midnight) = data.range, today(rig.now)

    for page in data.pages:
        (bars,) = [one.values for one in data.charts["counts"].series if one.name == page.name]
        assert sum(value or 0 for value in bars) == page.total == rig.week.counted(page.name, span.start, span.end)
        assert page.today == rig.week.counted(page.name, midnight, rig.now)
        assert page.yesterday == rig.week.counted(page.name, yesterday, same_time)
        assert page.all_time == rig.week.counted(page.name, 0, rig.now)
        whole = f"{span.end - span.start:.0f}s"
        assert page.total == rig.prometheus.value(exact_total(counter(page.name), whole), span.end)
        assert page.since == pytest.approx(rig.week.start, abs=10 * MINUTE)


@pytest.mark.parametrize("name", NAMED)
def test_totals_are_compared_with_the_period_before(rig: Rig, name: str) -> None:
    data = rig.read(range=name)
    length = data.range.end - data.range.start

    for page in data.pages:
        assert page.previous == rig.week.counted(page.name, data.range.start - length, data.range.start)
        assert page.total
        assert page.previous
        assert page.change == round(100 * (page.total - page.previous) / page.previous, 2)


def test_period_that_was_not_seen_whole_is_compared_with_nothing(rig: Rig) -> None:
    assert {(page.previous, page.change) for page in rig.read(range="30d").pages} == {(None, None)}


@pytest.mark.parametrize("name", NAMED)
def test_answers_are_exact_with_the_errors_first(rig: Rig, name: str) -> None:
    data = rig.read(range=name)
    window = f"{data.range.end - data.range.start:.0f}s"

    for row in data.answers:
        series = f'{RESPONSES}{{view="{row.view}",status="{row.status}",method="{row.method}"}}'
        assert row.count == rig.prometheus.value(exact_total(series, window, lookback="7d"), data.range.end), row
    failed = [row.status.startswith("5") for row in data.answers]
    assert failed == sorted(failed, reverse=True)
    assert data.stats.errors == sum(row.count for row in data.answers if row.status == "500")


def test_replicas_of_the_range_are_listed_with_what_is_odd(rig: Rig) -> None:
    replicas = rig.read(range="7d").replicas
    odd = [one for one in replicas if one.odd]

    assert [one.state for one in replicas] == ["up"] * PODS + ["stopped"] * PODS
    assert {one.pod: (one.version, one.revision) for one in replicas} == {
        pod.name: pod.revision for pod in rig.week.replicas
    }
    assert "times the median of the replicas" in odd[0].odd[0]
    assert [one.pod for one in odd if "median" in one.odd[0]] == [pod.name for pod in rig.week.replicas if pod.slow]
    for one in replicas:
        (pod,) = [pod for pod in rig.week.replicas if pod.name == one.pod]
        assert one.requests == sum(_counted(rig, pod.name, rig.now - 7 * DAY, page) for page in PAGES)


@pytest.mark.parametrize("query", [{"range": "7d"}, {"range": "30d"}, {"range": "90d"}], ids=str)
def test_deployment_is_one_event_at_the_same_time_in_every_range(rig: Rig, query: dict[str, str]) -> None:
    (event,) = rig.read(**query).events
    deployed = rig.week.now - 2 * DAY

    assert event.kind == "replaced"
    assert event.start == pytest.approx(deployed, abs=3 * MINUTE)
    assert event.title == f"1.4.0: 20 replaced {clock(event.start, date=False)}–{clock(event.end, date=False)}"
    assert (len(event.started), len(event.stopped), event.revision) == (PODS, PODS, "9f3d27b")
    assert event == rig.read(range="7d").events[0]


def test_chosen_replica_is_drawn_beside_all_others(rig: Rig) -> None:
    slow = next(pod.name for pod in rig.week.replicas if pod.slow)
    names = [one.name for one in rig.read(pod=slow, range="24h").charts["replicas"].series]

    assert names == [slow, "lowest", "median", "highest"]
    assert [one.name for one in rig.read(pod="none", range="24h").charts["replicas"].series] == names[1:]


def test_health_is_of_now_whatever_the_range(rig: Rig) -> None:
    assert {rig.read(range=name).health.state for name in RANGES} == {"ok"}


def _counted(rig: Rig, pod: str, begin: float, page: str) -> float:
    series = f'{counter(page)}{{pod="{pod}"}}'
    return rig.prometheus.value(exact_total(series, f"{rig.now - begin:.0f}s"), rig.now)


def _processor_seconds(prometheus: Prometheus) -> float:
    """Return how long this process and the Prometheus have worked, on all cores together."""
    fields = Path(f"/proc/{prometheus.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + time.process_time()


def _milliseconds(seconds: list[float]) -> str:
    return f"{[round(one * 1_000) for one in sorted(seconds)]} ms"
