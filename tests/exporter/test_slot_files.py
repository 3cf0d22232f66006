"""The files of a slot: there from the start, and made anew by the next worker if they are damaged."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from exporter.multiprocess import FILE_BYTES, Directory
from tests.exporter.conftest import count, counted


def _write(file: Path, position: int, content: bytes) -> None:
    with file.open("r+b") as opened:
        opened.seek(position)
        opened.write(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "a key that is too long": lambda file: _write(file, 8, b"\xff\xff\xff\x7f"),
    "a key that is not UTF-8": lambda file: _write(file, 14, b"\xff\xfe{{"),
    "a header that claims too much": lambda file: _write(file, 0, b"\xff\xff\xff\x7f"),
    "a header that claims less than itself": lambda file: _write(file, 0, b"\4\0\0\0"),
    "an empty header": lambda file: _write(file, 0, b"\0\0\0\0"),
    "random bytes": lambda file: file.write_bytes(random.Random(1).randbytes(1 << 16)),
    "truncated": lambda file: os.truncate(file, 40),
    "truncated to nothing": lambda file: os.truncate(file, 0),
    "deleted": lambda file: file.unlink(),
}


def test_the_files_of_all_slots_are_there_from_the_start(tmp_path: Path) -> None:
    directory = Directory(tmp_path, wait=5)
    directory.make_files(2)
    count(tmp_path / "counter_1.db", 7)
    directory.make_files(2)
    assert sorted(file.name for file in tmp_path.glob("*.db")) == [
        "counter_0.db",
        "counter_1.db",
        "histogram_0.db",
        "histogram_1.db",
    ]
    assert counted(tmp_path / "counter_1.db") == [7]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_new_worker_counts_on_though_its_file_is_damaged(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    directory = Directory(tmp_path, wait=5)
    directory.make_files(2)
    file, other = tmp_path / "counter_1.db", tmp_path / "counter_0.db"
    count(file, 7)
    count(other, 7)
    DAMAGES[damage](file)

    directory.make_slot(1)
    count(file, 1)

    assert counted(file) == [1]
    assert counted(other) == [7]
    assert file.stat().st_blocks * 512 >= FILE_BYTES
    assert "counter_1.db cannot be read and is moved aside" in caplog.text


def test_a_new_worker_goes_on_in_a_whole_file(tmp_path: Path) -> None:
    directory = Directory(tmp_path, wait=5)
    count(tmp_path / "counter_1.db", 7)
    directory.make_slot(1)
    assert counted(tmp_path / "counter_1.db") == [7]
