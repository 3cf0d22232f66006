"""This replica's own metrics: what all its workers counted, each sample with the replica's name."""

import logging
import os
from functools import lru_cache
from pathlib import Path

from prometheus_client import REGISTRY, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.utils import floatToGoString

from exporter import conf
from exporter.counts import collect
from exporter.exposition import Family, escaped, render
from exporter.reading import BrokenExpositionError, read

logger = logging.getLogger(__name__)


def families() -> list[Family]:
    """Return this replica's metric families, every sample with the label `pod`.

    Only what no peer would accept is left out, logged, and counted in <prefix>_unreadable_metrics.
    """
    directory = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    metrics, unreadable = collect(Path(directory)) if directory else (list(REGISTRY.collect()), 0)
    configuration = conf.current()
    pod, prefix = configuration.pod, configuration.prefix
    text = "Version and revision that this replica runs."
    build = GaugeMetricFamily(f"{prefix}_build_info", text, labels=["version", "revision"])
    build.add_metric([configuration.version, configuration.revision], 1)
    found = [_family(metric, pod) for metric in (build, *metrics)]
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
    text = "Damaged counter files, and metrics left out: the log says which."
    return [*good, _family(GaugeMetricFamily(f"{prefix}_unreadable_metrics", text, value=unreadable), pod)]


def _family(metric: Metric, pod: str) -> Family:
    lines = [
        f"{_series(sample.name, tuple(sample.labels.items()), pod)} {floatToGoString(sample.value)}"
        for sample in metric.samples
    ]
    return Family(metric.name, metric.type, escaped(metric.documentation), lines)


@lru_cache(1 << 13)
def _series(name: str, labels: tuple[tuple[str, str], ...], pod: str) -> str:
    """Return a sample's line up to its value. An empty label is left out: to Prometheus that is the same."""
    pairs = sorted({**dict(labels), "pod": pod}.items())
    text = ",".join(f'{label}="{escaped(value)}"' for label, value in pairs if value)
    return f"{name}{{{text}}}"
