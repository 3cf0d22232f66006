"""Fixtures of the exporter's tests."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import Metric, values
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.openmetrics.parser import text_string_to_metric_families as strict
from pytest_django import Settings

from exporter import replica
from exporter.exposition import render
from exporter.multiprocess import Directory

Configure = Callable[..., None]


@pytest.fixture
def configure(settings: Settings) -> Configure:
    """Return a function that changes keys of EXPORTER for this test."""

    def change(**keys: Any) -> None:
        settings.EXPORTER = {**settings.EXPORTER, **keys}

    return change


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory in which the metrics made in a test count."""
    return count_in(tmp_path, monkeypatch)


def count_in(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Count in the directory from here on, in slot 0."""
    Directory(directory, wait=1)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(directory))
    monkeypatch.setattr(values, "ValueClass", values.MultiProcessValue(lambda: "0"))
    return directory


def families() -> dict[str, Metric]:
    """Return the replica's metric families by name, as a strict parser reads them."""
    return {family.name: family for family in strict(render(replica.families()).decode())}


def count(file: Path, value: float, key: str = '["pages", "pages_total", {}, "Pages."]') -> None:
    """Write a value into a counter file."""
    counts = MmapedDict(str(file))
    counts.write_value(key, value, 0.0)
    counts.close()


def counted(file: Path) -> list[float]:
    """Return the values in a counter file."""
    return [value for _, value, *_ in MmapedDict.read_all_values_from_file(str(file))]
