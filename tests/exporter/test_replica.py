"""A replica's own metrics: every sample by the replica's name, every count with the time at which it was 0."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Summary, values
from prometheus_client.multiprocess import MultiProcessCollector

from exporter import replica
from exporter.counts import creation_time
from exporter.exposition import render
from exporter.reading import read
from tests.exporter.conftest import Configure, families


@pytest.mark.parametrize("pod", ["web-1", 'a"b', "a\\b", "a\nb", "ñandú", "a{b}=,"])
def test_every_sample_has_the_replicas_name(directory: Path, configure: Configure, pod: str) -> None:
    configure(pod=pod)
    Counter("things", "Things.", ["kind"], registry=CollectorRegistry()).labels("x").inc()
    samples = [sample for family in families().values() for sample in family.samples]
    assert {sample.labels["pod"] for sample in samples} == {pod}
    assert read(render(replica.families()))[0] != ""


def test_counters_and_histograms_have_one_time_of_creation_for_each_label_set(directory: Path) -> None:
    registry = CollectorRegistry()
    counter = Counter("things", "Things.", ["kind"], registry=registry)
    histogram = Histogram("seconds", "Seconds.", ["kind"], buckets=(1, 2), registry=registry)
    for kind in ("a", "b"):
        counter.labels(kind).inc()
        histogram.labels(kind).observe(1.5)
    found = families()
    for name in ("things", "seconds"):
        created = [sample for sample in found[name].samples if sample.name == f"{name}_created"]
        assert [sample.labels["kind"] for sample in created] == ["a", "b"]
        assert [sample.value for sample in created] == pytest.approx([creation_time(directory)] * 2, abs=1e-5)
        # Behind its own label set's samples, where OpenMetrics wants it.
        kinds = [sample.labels["kind"] for sample in found[name].samples]
        assert kinds == sorted(kinds)


def test_gauges_have_none(directory: Path) -> None:
    Gauge("level", "Level.", registry=CollectorRegistry(), multiprocess_mode="sum").set(1)
    assert [sample.name for sample in families()["level"].samples] == ["level"]


def test_the_build_is_exposed(configure: Configure) -> None:
    configure(version="1.2.3", revision="abc")
    (sample,) = families()["homercovilha_build_info"].samples
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
        for family in families().values()
        for sample in family.samples
        if not sample.name.startswith("homercovilha_") and not sample.name.endswith("_created")
    }
    assert found == expected
    assert len(found) == 9


def test_empty_label_is_left_out(directory: Path) -> None:
    Counter("things", "Things.", ["kind"], registry=CollectorRegistry()).labels("").inc()

    assert "kind" not in families()["things"].samples[0].labels
