"""Counts that cannot be read: what is lost is reported, and what is there but cannot be read now is a gap."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.openmetrics.parser import text_string_to_metric_families as strict

from exporter import peers, scraping, sharing
from exporter.multiprocess import Directory
from tests.exporter.conftest import Configure, families
from tests.support.hostile import GOOD, Peer, answers

LOSSES: dict[str, Callable[[Path], object]] = {
    "deleted": lambda file: file.unlink(),
    "truncated": lambda file: os.truncate(file, 0),
    "with an empty header": lambda file: file.write_bytes(b"\0" * 4 + file.read_bytes()[4:]),
}


@pytest.mark.parametrize("loss", LOSSES)
def test_a_file_that_was_there_at_the_start_and_is_lost_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loss: str, caplog: pytest.LogCaptureFixture
) -> None:
    directory = Directory(tmp_path, wait=1)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    directory.make_files(2)
    assert families()["homercovilha_unreadable_metrics"].samples[0].value == 0

    LOSSES[loss](tmp_path / "counter_1.db")

    assert families()["homercovilha_unreadable_metrics"].samples[0].value == 1
    assert "counter_1.db is damaged" in caplog.text


ERRORS = (errno.EMFILE, errno.ENFILE, errno.EIO, errno.ENOMEM, errno.EACCES)


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("name", ["counter_0.db", "created"])
def test_a_file_that_cannot_be_opened_now_makes_no_smaller_number(
    directory: Path, monkeypatch: pytest.MonkeyPatch, name: str, error: int
) -> None:
    Counter("pages", "Pages.", registry=CollectorRegistry()).inc(7)
    opened = Path.open

    def fail(file: Path, *arguments: Any, **options: Any) -> Any:
        if file == directory / name:
            raise OSError(error, os.strerror(error))
        return opened(file, *arguments, **options)

    monkeypatch.setattr(Path, "open", fail)

    with pytest.raises(OSError, match=os.strerror(error)):
        families()


def test_a_directory_that_cannot_be_listed_is_not_an_empty_one(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(directory / "gone"))

    with pytest.raises(FileNotFoundError):
        families()


def test_replica_that_cannot_read_its_counts_leaves_itself_out(
    configure: Configure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path / "gone"))
    with Peer(answers(GOOD)) as itself, Peer(answers(GOOD)) as other:
        monkeypatch.setattr(peers, "listeners", [itself.address])
        configure(peers=[itself.address, other.address])

        monkeypatch.setattr(peers, "_known", {})
        monkeypatch.setattr(sharing, "directory", lambda: tmp_path)
        found = {family.name: family for family in strict(scraping.scrape().decode())}

    up = {sample.labels["peer"]: sample.value for sample in found["homercovilha_peer_up"].samples}
    assert up == {f"127.0.0.1:{itself.address[1]}": 0, f"127.0.0.1:{other.address[1]}": 1}
    assert "homercovilha_build_info" not in found
    assert "x" in found
