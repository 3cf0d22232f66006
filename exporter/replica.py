"""This replica's own metrics: what all its workers counted, each sample with the replica's name."""

import logging
import os
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from prometheus_client import REGISTRY, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.utils import floatToGoString

from exporter.counts import collect
from exporter.exposition import Family, render
from exporter.reading import BrokenExpositionError, read

logger = logging.getLogger(__name__)


def families() -> list[Family]:
    """Return this replica's metric families, every sample with the label `pod`.

    Only what no peer would accept is left out, logged, and counted in homercovilha_unreadable_metrics.
    """
    directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    metrics, unreadable = collect(Path(directory)) if directory else (list(REGISTRY.collect()), 0)
    build = GaugeMetricFamily(
        "homercovilha_build_info", "Version and revision that this replica runs.", labels=["version", "revision"]
    )
    build.add_metric([settings.VERSION, settings.REVISION], 1)
    found = [_family(metric) for metric in (build, *metrics)]
    good = found
    try:
        read(render(found))
    except BrokenExpositionError:
        good = []
        for family in found:
            try:
                read(render([*good, family]))
                good.append(family)
            except BrokenExpositionError as error:
                logger.warning("The metric %s is left out: %s", family.name, error)
    unreadable += len(found) - len(good)
    text = "Damaged counter files, and metrics left out because their values are impossible."
    return [*good, _family(GaugeMetricFamily("homercovilha_unreadable_metrics", text, value=unreadable))]


def _family(metric: Metric) -> Family:
    lines = [
        f"{_series(sample.name, tuple(sample.labels.items()), settings.POD_NAME)} {floatToGoString(sample.value)}"
        for sample in metric.samples
    ]
    return Family(metric.name, metric.type, _escaped(metric.documentation), lines)


@lru_cache(1 << 13)
def _series(name: str, labels: tuple[tuple[str, str], ...], pod: str) -> str:
    """Return a sample's line up to its value. An empty label is left out: to Prometheus that is the same."""
    pairs = sorted({**dict(labels), "pod": pod}.items())
    text = ",".join(f'{label}="{_escaped(value)}"' for label, value in pairs if value)
    return f"{name}{{{text}}}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
