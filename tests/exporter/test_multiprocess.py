"""The directory of counts: one server's alone, and what is in it outlives a restart."""

import os
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from exporter.counts import CLOCK_MARGIN_SECONDS, creation_time
from exporter.multiprocess import Directory, DirectoryError
from exporter.sharing import TIMEOUTS
from tests.exporter.conftest import count, counted
from tests.support.servers import ROOT


def _restart(directory: Directory, pod: str = "") -> Directory:
    """Return the next server's directory, as if this one had ended: its lock is gone."""
    _unlock(directory)
    return Directory(directory.path, wait=5, pod=pod)


def _unlock(directory: Directory) -> None:
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            if descriptor.readlink() == directory.path / "lock":
                os.close(int(descriptor.name))
                return


def test_a_second_server_may_not_count_in_it(tmp_path: Path) -> None:
    Directory(tmp_path, wait=5)
    with pytest.raises(DirectoryError, match="belongs to another server that is running"):
        Directory(tmp_path, wait=0.2)


def test_a_server_waits_for_the_last_workers_of_the_one_before(tmp_path: Path) -> None:
    before = Directory(tmp_path, wait=5)
    threading.Timer(0.3, _unlock, [before]).start()
    assert Directory(tmp_path, wait=5).path == tmp_path


def test_counts_and_the_time_of_creation_outlive_a_restart(tmp_path: Path) -> None:
    directory = Directory(tmp_path, wait=5)
    created = creation_time(tmp_path)
    count(tmp_path / "counter_0.db", 7)
    _restart(directory)
    assert counted(tmp_path / "counter_0.db") == [7]
    assert creation_time(tmp_path) == created


def test_live_gauges_and_results_of_scrapes_do_not(tmp_path: Path) -> None:
    directory = Directory(tmp_path, wait=5)
    count(tmp_path / "gauge_livesum_0.db", 7)
    (tmp_path / f"scrape-{TIMEOUTS[0]}.result").write_text("1.0\n")
    _restart(directory)
    assert not list(tmp_path.glob("gauge_live*"))
    assert not list(tmp_path.glob("*.result"))


@pytest.mark.parametrize("content", ["", "yesterday", "nan", "-1", "\xff"])
def test_a_garbled_time_of_creation_is_put_aside_and_no_other_is_made_up(tmp_path: Path, content: str) -> None:
    directory = Directory(tmp_path, wait=5)
    count(tmp_path / "counter_0.db", 7)
    (tmp_path / "created").write_text(content, "latin-1")
    _restart(directory)
    assert creation_time(tmp_path) is None
    assert (tmp_path / "created.broken").read_text("latin-1") == content


def test_a_garbled_time_of_creation_without_counts_is_made_anew(tmp_path: Path) -> None:
    directory = Directory(tmp_path, wait=5)
    (tmp_path / "created").write_text("")
    _restart(directory)
    assert creation_time(tmp_path) == pytest.approx(time.time() - CLOCK_MARGIN_SECONDS, abs=60)


def test_only_this_user_can_read_a_directory_that_is_made(tmp_path: Path) -> None:
    Directory(tmp_path / "new", wait=1)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("content", [b"", b"\x01", b"\xff" * 64, b"\x40\x00\x00\x00" + b"\x00" * 4 + b"\xff" * 100])
def test_a_broken_file_is_put_aside_and_the_others_are_kept(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    directory = Directory(tmp_path, wait=5)
    count(tmp_path / "counter_0.db", 7)
    (tmp_path / "counter_1.db").write_bytes(content)
    next_directory = _restart(directory)
    next_directory.make_files(2)
    assert counted(tmp_path / "counter_0.db") == [7]
    assert counted(tmp_path / "counter_1.db") == []
    if content:
        assert (tmp_path / "counter_1.broken").read_bytes() == content
        assert "counter_1.db cannot be read and is moved aside" in caplog.text


def test_a_file_with_a_key_that_cannot_be_read_is_put_aside(tmp_path: Path) -> None:
    directory = Directory(tmp_path, wait=5)
    count(tmp_path / "histogram_0.db", 7, '["seconds", "seconds_bucket", {}, "Seconds."]')
    _restart(directory)
    assert not (tmp_path / "histogram_0.db").exists()
    assert (tmp_path / "histogram_0.broken").exists()


def test_counts_of_another_pod_are_not_gone_on_with(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    directory = Directory(tmp_path, wait=5, pod="a")
    count(tmp_path / "counter_0.db", 7)
    (tmp_path / "created").write_text("1000000000.0")

    directory = _restart(directory, "a")
    assert counted(tmp_path / "counter_0.db") == [7]

    _restart(directory, "b")
    assert not list(tmp_path.glob("*.db"))
    assert creation_time(tmp_path) == pytest.approx(time.time() - CLOCK_MARGIN_SECONDS, abs=60)
    assert "has the counts of the pod a, not of b" in caplog.text


def test_counts_without_a_pods_name_are_those_of_the_first_that_has_one(tmp_path: Path) -> None:
    directory = Directory(tmp_path, wait=5)
    count(tmp_path / "counter_0.db", 7)

    directory = _restart(directory, "a")
    assert counted(tmp_path / "counter_0.db") == [7]
    directory = _restart(directory)
    assert counted(tmp_path / "counter_0.db") == [7]

    _restart(directory, "b")
    assert not list(tmp_path.glob("*.db"))


def test_a_directory_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DirectoryError, match=r"cannot be written .* Name a directory that this user may write"):
        Directory(tmp_path / "file" / "directory", wait=5)


def test_a_temporary_directory_goes_with_its_server_and_not_with_a_worker() -> None:
    program = """
import os, sys
from exporter.multiprocess import Directory
path = Directory(None, wait=1).path
worker = os.fork()
if worker == 0:
    sys.exit()
os.waitpid(worker, 0)
print(path, path.exists())
"""
    run = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True)

    path, existed = run.stdout.split()
    assert existed == "True"
    assert not Path(path).exists()
