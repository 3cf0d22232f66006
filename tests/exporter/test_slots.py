"""Each worker has the lowest slot that no live worker holds."""

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
from gunicorn.errors import HaltServer

from exporter import slots
from exporter.multiprocess import FILE_BYTES, Directory


def _arbiter(*held: int) -> SimpleNamespace:
    return SimpleNamespace(WORKERS={100 + slot: SimpleNamespace(slot=slot) for slot in held})


@pytest.mark.parametrize(
    ("held", "slot"),
    [
        ((), 0),
        ((0,), 1),
        ((1,), 0),
        ((0, 2), 1),
        # During a reload gunicorn starts the new workers before it ends the old ones.
        ((0, 1), 2),
        ((0, 1, 2), 3),
        # And when the old ones are gone, their slots are the next to be taken.
        ((2, 3), 0),
    ],
)
def test_a_new_worker_gets_the_lowest_free_slot(held: tuple[int, ...], slot: int) -> None:
    worker = SimpleNamespace()
    slots.assign(_arbiter(*held), worker)
    assert worker.slot == slot


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the directory that this process' workers count in."""
    monkeypatch.setattr(slots, "_directory", Directory(tmp_path / "counts", wait=1))
    return tmp_path / "counts"


def test_a_worker_counts_in_its_own_slot(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "_current", "arbiter")
    slots.enter(SimpleNamespace(slot=3))
    assert slots._current == "3"
    assert (directory / "counter_3.db").stat().st_blocks * 512 >= FILE_BYTES


def test_no_worker_counts_in_a_directory_that_is_gone(directory: Path) -> None:
    shutil.rmtree(directory)
    with pytest.raises(HaltServer, match=rf"{directory}, is gone\. Start the server again"):
        slots.assign(_arbiter(), SimpleNamespace())
