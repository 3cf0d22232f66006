"""Each worker has the lowest slot that no live worker holds."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from gunicorn.errors import HaltServer

from exporter import gunicorn, slots
from exporter.multiprocess import FILE_BYTES, Directory, DirectoryError
from tests.exporter.conftest import count
from tests.support.servers import ROOT


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


def test_server_whose_workers_are_another_user_does_not_start(directory: Path) -> None:
    arbiter = SimpleNamespace(cfg=SimpleNamespace(uid=os.geteuid(), workers=1))
    gunicorn.when_ready(arbiter)
    arbiter.cfg.uid += 1
    with pytest.raises(DirectoryError, match=rf"{directory}, is not its workers': .* user {arbiter.cfg.uid}\. Start"):
        gunicorn.when_ready(arbiter)


# As in a gunicorn.conf.py, where the settings are not loaded.
BEGIN = """
import os, sys
from unittest.mock import patch

path, host, pod = sys.argv[1:]
with patch("socket.gethostname", lambda: host):
    from exporter.gunicorn import begin
    begin(path, pod=pod or None)
"""


@pytest.mark.parametrize("pod", ["", "web-1"])
def test_counts_of_another_host_are_removed_unless_the_pod_is_named(tmp_path: Path, pod: str) -> None:
    file = tmp_path / "counts" / "counter_0.db"
    for host in ("host-1", "host-2"):
        subprocess.run([sys.executable, "-c", BEGIN, str(file.parent), host, pod], cwd=ROOT, check=True)
        if host == "host-1":
            count(file, 5)

    assert (file.parent / "pod").read_text() == (pod or "host-2")
    assert file.exists() is bool(pod)


def test_no_worker_counts_in_a_directory_that_is_gone(directory: Path) -> None:
    shutil.rmtree(directory)
    with pytest.raises(HaltServer, match=rf"{directory}, is gone\. Start the server again"):
        slots.assign(_arbiter(), SimpleNamespace())
