"""The counter files: damage to one takes no other count with it, and a worker may be killed at any moment."""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Histogram, values
from prometheus_client.mmap_dict import MmapedDict

from tests.exporter.conftest import count_in, families


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

    found = families()

    assert found["pages"].samples[0].value == 7
    assert found["homercovilha_unreadable_metrics"].samples[0].value == 1


def test_undamaged_replica_has_nothing_unreadable(directory: Path) -> None:
    Counter("pages", "Pages.", registry=CollectorRegistry())
    (directory / "counter_9.db").touch()

    assert families()["homercovilha_unreadable_metrics"].samples[0].value == 0


# Two label sets, each a sum and five buckets.
ENTRIES = 12
FRESH_REPLICAS = 200


def test_worker_killed_at_any_step_of_a_label_sets_birth_drops_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """200 fresh replicas, each with a worker that is killed after another one of the writes that make a label set."""
    seen = set()
    for number in range(FRESH_REPLICAS):
        count_in(tmp_path / str(number), monkeypatch)
        _killed_worker(number % ENTRIES)
        found = families()
        assert found["pages"].samples[0].value == 7
        assert found["homercovilha_unreadable_metrics"].samples[0].value == 0
        seen.add(len(found["seconds"].samples) if "seconds" in found else 0)
        _count()
        found = families()
        assert found["pages"].samples[0].value == 14
        counts = {sample.labels["kind"]: sample.value for sample in found["seconds"].samples if "_count" in sample.name}
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
