"""The folder of counts: one server's alone, and what is in it outlives a restart."""

import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from prometheus_client.mmap_dict import MmapedDict

from exporter import multiprocess
from exporter.multiprocess import Folder, FolderError, creation_time


def _count(file: Path, value: float) -> None:
    counts = MmapedDict(str(file))
    counts.write_value('"key"', value, 0.0)
    counts.close()


def _counted(file: Path) -> list[float]:
    return [value for _, value, *_ in MmapedDict.read_all_values_from_file(str(file))]


def _restart(folder: Folder) -> Folder:
    """Return the next server's folder, as if this one had ended: its lock is gone."""
    _unlock(folder)
    return Folder(folder.path)


def _unlock(folder: Folder) -> None:
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            if descriptor.readlink() == folder.path / "lock":
                os.close(int(descriptor.name))
                return


def test_a_second_server_may_not_count_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocess, "LOCK_DEADLINE_SECONDS", 0.2)
    Folder(tmp_path)
    with pytest.raises(FolderError, match="belongs to another server that is running"):
        Folder(tmp_path)


def test_a_server_waits_for_the_last_workers_of_the_one_before(tmp_path: Path) -> None:
    before = Folder(tmp_path)
    threading.Timer(0.3, _unlock, [before]).start()
    assert Folder(tmp_path).path == tmp_path


def test_counts_and_the_time_of_creation_outlive_a_restart(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    created = creation_time(tmp_path)
    _count(tmp_path / "counter_0.db", 7)
    _restart(folder)
    assert _counted(tmp_path / "counter_0.db") == [7]
    assert creation_time(tmp_path) == created


def test_live_gauges_and_gathered_answers_do_not(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    _count(tmp_path / "gauge_livesum_0.db", 7)
    (tmp_path / "gathered.json").write_text("[]")
    _restart(folder)
    assert not list(tmp_path.glob("gauge_live*"))
    assert not list(tmp_path.glob("gathered*"))


@pytest.mark.parametrize("content", [b"", b"\x01", b"\xff" * 64, b"\x40\x00\x00\x00" + b"\x00" * 4 + b"\xff" * 100])
def test_a_broken_file_is_put_aside_and_the_others_are_kept(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    folder = Folder(tmp_path)
    _count(tmp_path / "counter_0.db", 7)
    (tmp_path / "counter_1.db").write_bytes(content)
    next_folder = _restart(folder)
    next_folder.make_files(2)
    assert _counted(tmp_path / "counter_0.db") == [7]
    assert _counted(tmp_path / "counter_1.db") == []
    if content:
        assert (tmp_path / "counter_1.broken").read_bytes() == content
        assert "counter_1.db cannot be read and is put aside" in caplog.text


def test_the_files_of_all_slots_are_there_from_the_start(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    folder.make_files(2)
    _count(tmp_path / "counter_1.db", 7)
    folder.make_files(2)
    assert sorted(file.name for file in tmp_path.glob("*.db")) == [
        "counter_0.db",
        "counter_1.db",
        "histogram_0.db",
        "histogram_1.db",
    ]
    assert _counted(tmp_path / "counter_1.db") == [7]


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match=r"cannot be written .* Name a folder that this user may write"):
        Folder(tmp_path / "file" / "folder")


def test_a_temporary_folder_goes_with_its_server_and_a_given_one_stays(tmp_path: Path) -> None:
    temporary, given = Folder(None), Folder(tmp_path)
    temporary.remove_if_temporary()
    given.remove_if_temporary()
    assert not temporary.path.exists()
    assert given.path.exists()
