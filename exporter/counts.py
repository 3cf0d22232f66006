"""Reads what all workers of a replica counted, from the files of prometheus_client's multiprocess mode."""

import json
import logging
import math
import os
import struct
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from prometheus_client import Metric
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.samples import Sample
from prometheus_client.utils import floatToGoString

logger = logging.getLogger(__name__)

# Prometheus puts a 0 at `_created`. If this machine's clock is ahead of Prometheus' by more than the time to the first
# scrape, the 0 comes between two samples and looks like a reset. Before the first sample there is room for it.
CLOCK_MARGIN_SECONDS = 60.0
# What a damaged or missing file raises. Any other OSError, such as too many open files, says nothing about the file:
# without its counts the others would be too small, so there is no result.
_NO_FILE = (FileNotFoundError, IsADirectoryError)
DAMAGES = (*_NO_FILE, RuntimeError, struct.error, ValueError, TypeError, AttributeError, LookupError)
# The files that were there before the workers started: if one is missing or empty, its counts are lost.
expected: set[Path] = set()
_Labels = tuple[tuple[str, str], ...]


def collect(directory: Path) -> tuple[list[Metric], int]:
    """Return the metrics in the directory, and how many damaged files it has; these are logged.

    The metrics contain what can be read of a damaged file, and each label set as soon as it is complete.
    Raises OSError if a file cannot be read now, whatever is in it.
    """
    sums: dict[tuple[str, str], dict[_Labels, dict[str | float, float]]] = {}
    helps: dict[str, str] = {}
    gauges: list[str] = []
    damaged = 0
    # Not by glob, which takes a directory that cannot be read for an empty one.
    found = {file for file in directory.iterdir() if file.suffix == ".db"}
    for file in sorted(found | {file for file in expected if file.parent == directory}):
        kind = file.name.partition("_")[0]
        if kind == "gauge":
            gauges.append(str(file))
            continue
        try:
            for key, value in read_file(file):
                name, part, labels, helps[name] = parse(key)
                parts = sums.setdefault((name, kind), {}).setdefault(labels, {})
                parts[part] = parts.get(part, 0.0) + value
        except DAMAGES as error:
            logger.warning("%s is damaged (%s). Its counts are incomplete until the next start", file, error)
            damaged += 1
    created, metrics = None, []
    try:
        created = creation_time(directory)
        metrics += MultiProcessCollector.merge(gauges)
    except DAMAGES as error:
        logger.warning("The time of creation or a gauge in %s is damaged and left out: %s", directory, error)
        damaged += 1
    for (name, kind), label_sets in sums.items():
        try:
            metrics.append(Metric(name, helps[name], kind))
            metrics[-1].samples = list(_samples(name, kind, label_sets, created))
        except ValueError as error:
            logger.warning("The metric %s is left out: %s", name, error)
            damaged += 1
    return metrics, damaged


def read_file(file: Path) -> Iterator[tuple[str, float]]:
    """Yield the keys and values in a file; raises one of DAMAGES."""
    with file.open("rb") as content:
        head = content.read(4)
        size = os.fstat(content.fileno()).st_size
    used = struct.unpack("i", head)[0] if head else 0
    # A file that was just made is empty for a moment. The header itself takes 8 bytes.
    if not 8 <= used <= size and (used or file in expected):
        raise ValueError(f"its header claims {used} used bytes")
    if used:
        for key, value, *_ in MmapedDict.read_all_values_from_file(str(file)):
            yield key, value


def creation_time(directory: Path) -> float | None:
    """Return a time, in seconds since 1970, at which the counts in the directory were still 0 by any clock.

    None if that is unknown. Raises one of DAMAGES if the file with the time is damaged.
    """
    try:
        created = float((directory / "created").read_text()) - CLOCK_MARGIN_SECONDS
    except FileNotFoundError:
        return None
    if not 0 <= created < math.inf:
        raise ValueError(f"{created} is not a time")
    return created


@lru_cache(1 << 13)
def parse(key: str) -> tuple[str, str | float, _Labels, str]:
    """Return a key's metric, sample name or upper bound, other labels, and help; raises one of DAMAGES."""
    metric, name, labels, help_text = json.loads(key)
    if not all(isinstance(text, str) for text in (metric, name, help_text, *labels.values())):
        raise ValueError(f"{key} has a part that is not text")
    part = float(labels.pop("le")) if name == f"{metric}_bucket" else name
    return metric, part, tuple(labels.items()), help_text


def _samples(
    name: str, kind: str, label_sets: dict[_Labels, dict[str | float, float]], created: float | None
) -> Iterator[Sample]:
    for labels, parts in label_sets.items():
        own = dict(labels)
        if kind == "histogram":
            # Workers make the sum first and the last bucket last, then count. They can be killed in between.
            if f"{name}_sum" not in parts or math.inf not in parts:
                continue
            count = 0.0
            for bound in sorted(part for part in parts if isinstance(part, float)):
                count += parts.pop(bound)
                yield Sample(f"{name}_bucket", {**own, "le": floatToGoString(bound)}, count)
            yield Sample(f"{name}_count", own, count)
        for sample, value in parts.items():
            yield Sample(str(sample), own, value)
        if created is not None:
            yield Sample(f"{name}_created", own, created)
