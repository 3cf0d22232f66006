"""Concurrent callers share a scrape, and none gets one that began before its call."""

import errno
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from exporter.sharing import TIMEOUTS, BusyError, prepare, shared

LONG, *_, SHORT = TIMEOUTS


@pytest.fixture(autouse=True)
def directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    prepare(tmp_path)
    return tmp_path


class Scrapes:
    """Scrapes that go on until they are released, and return how many had begun before them."""

    def __init__(self) -> None:
        self.begun = 0
        self.running = self.most_running = 0
        self._begun, self._released = threading.Semaphore(0), threading.Semaphore(0)
        self._pool = ThreadPoolExecutor(64)

    def __call__(self, _timeout: float) -> bytes:
        result = str(self.begun).encode()
        self.begun += 1
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        self._begun.release()
        assert self._released.acquire(timeout=30)
        self.running -= 1
        return result

    def call(self, timeout: float = LONG, wait: float = 30, spacing: float = 0) -> "Future[bytes]":
        return self._pool.submit(shared, self, timeout, time.monotonic(), wait, spacing)

    def wait_until_one_begins(self) -> None:
        assert self._begun.acquire(timeout=30)

    def release(self) -> None:
        self._released.release()

    def end(self) -> None:
        self._released.release(100)
        self._pool.shutdown()


@pytest.fixture
def scrapes() -> Iterator[Scrapes]:
    scrapes = Scrapes()
    yield scrapes
    scrapes.end()


def test_callers_during_a_scrape_share_the_next_one(scrapes: Scrapes) -> None:
    first = scrapes.call()
    scrapes.wait_until_one_begins()
    others = [scrapes.call() for _ in range(50)]
    time.sleep(0.1)
    assert not any(other.done() for other in others)
    scrapes.release()
    scrapes.wait_until_one_begins()
    late = scrapes.call()
    time.sleep(0.1)
    scrapes.release()

    assert first.result(30) == b"0"
    assert {other.result(30) for other in others} == {b"1"}
    scrapes.release()
    assert late.result(30) == b"2"
    assert scrapes.most_running == 1


def test_caller_that_waited_for_a_thread_shares_a_scrape_that_began_meanwhile(scrapes: Scrapes) -> None:
    arrival = time.monotonic()
    scrapes.release()
    assert scrapes.call().result(30) == b"0"

    assert shared(scrapes, LONG, arrival, 0, 0) == b"0"


def test_result_is_not_used_again(scrapes: Scrapes) -> None:
    scrapes.release()
    assert scrapes.call().result(30) == b"0"
    scrapes.release()
    assert scrapes.call().result(30) == b"1"


def test_scrape_that_was_paused_is_for_nobody_who_came_later(scrapes: Scrapes) -> None:
    paused = scrapes.call()
    scrapes.wait_until_one_begins()
    time.sleep(0.3)
    later = scrapes.call()
    time.sleep(0.1)
    scrapes.release()
    scrapes.wait_until_one_begins()
    scrapes.release()

    assert paused.result(30) == b"0"
    assert later.result(30) == b"1"


def test_short_timeout_neither_waits_for_a_long_one_nor_shares_with_it(scrapes: Scrapes) -> None:
    patient = scrapes.call(LONG)
    scrapes.wait_until_one_begins()
    hasty = scrapes.call(SHORT, wait=0)
    scrapes.wait_until_one_begins()
    also_patient = scrapes.call(LONG)
    scrapes.release()
    scrapes.release()
    scrapes.release()

    assert {patient.result(30), hasty.result(30)} == {b"0", b"1"}
    assert also_patient.result(30) == b"2"


def test_scrape_that_does_not_end_is_not_waited_for(scrapes: Scrapes) -> None:
    scrapes.call()
    scrapes.wait_until_one_begins()

    with pytest.raises(BusyError, match=r"did not end within 0\.1 s"):
        scrapes.call(wait=0.1).result(30)


def test_scrapes_begin_apart_and_callers_in_between_share(scrapes: Scrapes) -> None:
    scrapes.release()
    scrapes.call().result(30)
    begin = time.monotonic()
    others = [scrapes.call(spacing=0.5) for _ in range(10)]
    scrapes.wait_until_one_begins()
    scrapes.wait_until_one_begins()
    seconds = time.monotonic() - begin
    scrapes.release()

    assert {other.result(30) for other in others} == {b"1"}
    assert seconds > 0.4


def test_result_of_another_boot_is_not_used(scrapes: Scrapes, directory: Path) -> None:
    (directory / f"scrape-{LONG}.result").write_bytes(f"{time.monotonic() + 1e6}\nold".encode())
    scrapes.release()

    assert scrapes.call(spacing=0.1).result(30) == b"0"


@pytest.mark.parametrize("content", [b"", b"x", b"\xff\n"])
def test_torn_result_is_not_used(scrapes: Scrapes, directory: Path, content: bytes) -> None:
    (directory / f"scrape-{LONG}.result").write_bytes(content)
    scrapes.release()

    assert scrapes.call().result(30) == b"0"


def test_full_disk_costs_each_caller_a_scrape_of_its_own(monkeypatch: pytest.MonkeyPatch, scrapes: Scrapes) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    scrapes.release()
    scrapes.release()

    assert {scrapes.call().result(30), scrapes.call().result(30)} == {b"0", b"1"}


def test_lock_of_a_scrape_that_failed_is_released(scrapes: Scrapes) -> None:
    def fail(_timeout: float) -> bytes:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        shared(fail, LONG, time.monotonic(), 1, 0)
    scrapes.release()
    assert scrapes.call().result(30) == b"0"
