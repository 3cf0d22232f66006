"""This replica's own metrics: what all its workers counted, each sample with the replica's name."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from prometheus_client import REGISTRY, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.samples import Sample

from exporter.multiprocess import creation_time

_COUNTED_TYPES = ("counter", "histogram")


def exposition() -> bytes:
    """Return this replica's metrics in the OpenMetrics format 1.0, every sample with the label `pod`."""
    return bytes(generate_latest(_Replica()))


class _Replica:
    def collect(self) -> Iterator[Metric]:
        build = GaugeMetricFamily(
            "homercovilha_build_info",
            "Version and revision that this replica runs.",
            labels=["version", "revision"],
        )
        build.add_metric([settings.VERSION, settings.REVISION], 1)
        for metric in (build, *_collect()):
            metric.samples = [
                sample._replace(labels={**sample.labels, "pod": settings.POD_NAME}) for sample in metric.samples
            ]
            yield metric


def _collect() -> Iterable[Metric]:
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if not folder:
        yield from REGISTRY.collect()
        return
    created = creation_time(Path(folder))
    for metric in MultiProcessCollector(None, folder).collect():
        if metric.type in _COUNTED_TYPES:
            metric.samples = list(_with_created(metric, created))
        yield metric


def _with_created(metric: Metric, created: float) -> Iterator[Sample]:
    """Yield the metric's samples, and behind each label set's last one the time at which it was 0."""
    labels: dict[str, str] | None = None
    for sample in metric.samples:
        own = {name: value for name, value in sample.labels.items() if name != "le"}
        if labels is not None and own != labels:
            yield Sample(f"{metric.name}_created", labels, created)
        labels = own
        yield sample
    if labels is not None:
        yield Sample(f"{metric.name}_created", labels, created)
