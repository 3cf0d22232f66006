"""A replica's own metrics: every sample by the replica's name, every count with the time at which it was 0."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, Metric, values
from prometheus_client.openmetrics.parser import text_string_to_metric_families as strict
from pytest_django import Settings

from exporter import replica
from exporter.multiprocess import Folder, creation_time
from exporter.reading import read


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Yield a folder in which the metrics made in a test count."""
    Folder(tmp_path)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    monkeypatch.setattr(values, "ValueClass", values.MultiProcessValue(lambda: "0"))
    return tmp_path  # type: ignore[return-value]


def _families() -> dict[str, Metric]:
    return {family.name: family for family in strict(replica.exposition().decode())}


@pytest.mark.parametrize("pod", ["web-1", 'a"b', "a\\b", "a\nb", "ñandú", "a{b}=,"])
def test_every_sample_has_the_replicas_name(folder: Path, settings: Settings, pod: str) -> None:  # noqa: ARG001
    settings.POD_NAME = pod
    Counter("things", "Things.", ["kind"], registry=CollectorRegistry()).labels("x").inc()
    samples = [sample for family in _families().values() for sample in family.samples]
    assert {sample.labels["pod"] for sample in samples} == {pod}
    assert read(replica.exposition())[0] != ""


def test_counters_and_histograms_have_one_time_of_creation_for_each_label_set(folder: Path) -> None:
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
        assert [sample.value for sample in created] == pytest.approx([creation_time(folder)] * 2, abs=1e-5)
        # Behind its own label set's samples, where OpenMetrics wants it.
        kinds = [sample.labels["kind"] for sample in families[name].samples]
        assert kinds == sorted(kinds)


def test_gauges_have_none(folder: Path) -> None:  # noqa: ARG001
    Gauge("level", "Level.", registry=CollectorRegistry(), multiprocess_mode="sum").set(1)
    assert [sample.name for sample in _families()["level"].samples] == ["level"]


def test_the_build_is_told(settings: Settings) -> None:
    settings.VERSION, settings.REVISION = "1.2.3", "abc"
    (sample,) = _families()["homercovilha_build_info"].samples
    assert (sample.labels["version"], sample.labels["revision"], sample.value) == ("1.2.3", "abc", 1)
