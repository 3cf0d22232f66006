"""A replica's own metrics: every sample by the replica's name, every count with the time at which it was 0."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, Summary, values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.openmetrics.parser import text_string_to_metric_families as strict
from pytest_django import Settings

from exporter import replica
from exporter.counts import creation_time
from exporter.exposition import render
from exporter.multiprocess import Directory
from exporter.reading import read


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory in which the metrics made in a test count."""
    return _count_in(tmp_path, monkeypatch)


def _count_in(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    Directory(directory, wait=1)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(directory))
    monkeypatch.setattr(values, "ValueClass", values.MultiProcessValue(lambda: "0"))
    return directory


def _families() -> dict[str, Metric]:
    return {family.name: family for family in strict(render(replica.families()).decode())}


@pytest.mark.parametrize("pod", ["web-1", 'a"b', "a\\b", "a\nb", "ñandú", "a{b}=,"])
def test_every_sample_has_the_replicas_name(directory: Path, settings: Settings, pod: str) -> None:  # noqa: ARG001
    settings.POD_NAME = pod
    Counter("things", "Things.", ["kind"], registry=CollectorRegistry()).labels("x").inc()
    samples = [sample for family in _families().values() for sample in family.samples]
    assert {sample.labels["pod"] for sample in samples} == {pod}
    assert read(render(replica.families()))[0] != ""


def test_counters_and_histograms_have_one_time_of_creation_for_each_label_set(directory: Path) -> None:
    registry = CollectorRegistry()
    counter = Counter("things", "Things.", ["kind"], registry=registry)
    histogram = Histogram("seconds", "Seconds.", ["kind"], buckets=(1, 2), registry=registry)
    for kind in ("a", "b"):
        counter.labels(kind).inc()
        histogram.labels(kind).observe(1.5)
    families = _families()
    for name in ("things", "seconds"):
        created = [sample for sample in families[name].samples if sample.name == f"{name}_created"]
        assert [sample.labels["kind"] for sample in created] == ["a", "b"]
        assert [sample.value for sample in created] == pytest.approx([creation_time(directory)] * 2, abs=1e-5)
        # Behind its own label set's samples, where OpenMetrics wants it.
        kinds = [sample.labels["kind"] for sample in families[name].samples]
        assert kinds == sorted(kinds)


def test_gauges_have_none(directory: Path) -> None:  # noqa: ARG001
    Gauge("level", "Level.", registry=CollectorRegistry(), multiprocess_mode="sum").set(1)
    assert [sample.name for sample in _families()["level"].samples] == ["level"]


def test_the_build_is_exposed(settings: Settings) -> None:
    settings.VERSION, settings.REVISION = "1.2.3", "abc"
    (sample,) = _families()["homercovilha_build_info"].samples
    assert (sample.labels["version"], sample.labels["revision"], sample.value) == ("1.2.3", "abc", 1)


def test_sums_are_those_of_the_library(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for slot in ("0", "1"):
        monkeypatch.setattr(values, "ValueClass", values.MultiProcessValue(lambda slot=slot: slot))
        registry = CollectorRegistry()
        Counter("things", "Things.", ["kind"], registry=registry).labels(slot).inc(3)
        Summary("sizes", "Sizes.", registry=registry).observe(2)
        histogram = Histogram("seconds", "Seconds.", ["kind"], buckets=(1, 2), registry=registry)
        for value in (0.5, 1.5, 2.5):
            histogram.labels("x").observe(value)

    expected = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for metric in MultiProcessCollector(None, str(directory)).collect()
        for sample in metric.samples
    }
    found = {
        (
            sample.name,
            tuple(sorted((name, value) for name, value in sample.labels.items() if name != "pod")),
        ): sample.value
        for family in _families().values()
        for sample in family.samples
        if not sample.name.startswith("homercovilha_") and not sample.name.endswith("_created")
    }
    assert found == expected
    assert len(found) == 9


def test_empty_label_is_left_out(directory: Path) -> None:  # noqa: ARG001
    Counter("things", "Things.", ["kind"], registry=CollectorRegistry()).labels("").inc()

    assert "kind" not in _families()["things"].samples[0].labels


def _write(directory: Path, kind: str, name: str, labels: dict[str, str], value: float) -> None:
    _write_key(directory, kind, [name, name, labels, "Help."], value)


def _write_key(directory: Path, kind: str, key: list[object], value: float = 1) -> None:
    counts = MmapedDict(str(directory / f"{kind}_9.db"))
    counts.write_value(json.dumps(key), value, 0.0)
    counts.close()


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a histogram's file": lambda directory: (directory / "histogram_0.db").write_bytes(b"\xff" * 64),
    "an empty time of creation": lambda directory: (directory / "created").write_text(""),
    "a garbled time of creation": lambda directory: (directory / "created").write_text("yesterday"),
    "a directory in the place of a file": lambda directory: (directory / "histogram_9.db").mkdir(),
    "an impossible name": lambda directory: _write(directory, "counter", "{", {}, 1),
    "an impossible label": lambda directory: _write(directory, "counter", "other_total", {"{": "x"}, 1),
    "an impossible value": lambda directory: _write(directory, "counter", "other_total", {}, -1),
    "no number": lambda directory: _write(directory, "counter", "other_total", {}, float("nan")),
    "a bucket without bound": lambda directory: _write_key(
        directory, "histogram", ["seconds", "seconds_bucket", {}, "Help."]
    ),
    "a name that is no text": lambda directory: _write_key(directory, "counter", [1, "x_total", {}, "Help."]),
    "a help that is no text": lambda directory: _write_key(directory, "counter", ["x", "x_total", {}, None]),
    "a label that is no text": lambda directory: _write_key(directory, "counter", ["x", "x_total", {"a": 1}, "Help."]),
    "an unknown type": lambda directory: _write(directory, "other", "other_total", {}, 1),
    "a metric's name in use": lambda directory: _write(directory, "summary", "pages_total", {}, 1),
    "a gauge's file": lambda directory: (
        (directory / "gauge_sum_9.db").write_bytes(b"\x40" + b"\0" * 7 + b"\xff" * 60) and None
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage_takes_nothing_else_with_it(directory: Path, damage: str) -> None:
    registry = CollectorRegistry()
    Counter("pages", "Pages.", registry=registry).inc(7)
    Histogram("seconds", "Seconds.", ["kind"], buckets=(1, 2), registry=registry).labels("x").observe(1)
    DAMAGES[damage](directory)

    families = _families()

    assert families["pages"].samples[0].value == 7
    assert families["homercovilha_unreadable_metrics"].samples[0].value == 1


def test_undamaged_replica_has_nothing_unreadable(directory: Path) -> None:
    Counter("pages", "Pages.", registry=CollectorRegistry())
    (directory / "counter_9.db").touch()

    assert _families()["homercovilha_unreadable_metrics"].samples[0].value == 0


# Two label sets, each a sum and five buckets.
ENTRIES = 12
FRESH_REPLICAS = 200


def test_worker_killed_at_any_step_of_a_label_sets_birth_drops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """200 fresh replicas, each with a worker that is killed after another one of the writes that make a label set."""
    seen = set()
    for number in range(FRESH_REPLICAS):
        _count_in(tmp_path / str(number), monkeypatch)
        _killed_worker(number % ENTRIES)
        families = _families()
        assert families["pages"].samples[0].value == 7
        assert families["homercovilha_unreadable_metrics"].samples[0].value == 0
        seen.add(len(families["seconds"].samples) if "seconds" in families else 0)
        _count()
        families = _families()
        assert families["pages"].samples[0].value == 14
        counts = {
            sample.labels["kind"]: sample.value for sample in families["seconds"].samples if "_count" in sample.name
        }
        # The first worker counted in the first label set if it lived to make the second.
        assert counts == {"a": 1 + (number % ENTRIES >= ENTRIES / 2), "b": 1}
    # With no complete label set, and with one: 5 buckets, count, sum, time of creation.
    assert seen == {0, 8}


def _killed_worker(entries: int) -> None:
    """Count in a process of its own, which is killed when it has made that many entries in the files of histograms."""
    pid = os.fork()
    if pid == 0:
        made = 0

        class Killing(MmapedDict):
            def _init_value(self, key: str) -> None:
                nonlocal made
                if made == entries and '"seconds"' in key:
                    os.kill(os.getpid(), signal.SIGKILL)
                made += '"seconds"' in key
                super()._init_value(key)  # type: ignore[no-untyped-call] # The library has no types here.

        try:
            vars(values)["MmapedDict"] = Killing
            _count()
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    assert os.WIFSIGNALED(status)


def _count() -> None:
    registry = CollectorRegistry()
    Counter("pages", "Pages.", registry=registry).inc(7)
    histogram = Histogram("seconds", "Seconds.", ["kind"], buckets=(1, 2, 3, 4), registry=registry)
    for kind in ("a", "b"):
        histogram.labels(kind).observe(1.5)
