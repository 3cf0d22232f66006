"""Any replica answers for all: the names behind PEERS, this replica among them, and what is shared."""

import errno
import socket
import threading
import time
from pathlib import Path

import pytest
from pytest_django import Settings

from exporter import gathering, peers, sharing
from exporter.exposition import Family
from tests.hostile import GOOD, Peer, answers


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(peers, "_known", {})
    monkeypatch.setattr(sharing, "_folder", lambda: tmp_path)


def test_without_peers_the_answer_is_this_replica_alone(settings: Settings) -> None:
    settings.PEERS = []

    assert "homercovilha_peer_up" not in {family.name for family in gathering.gather()}


def test_name_stands_for_all_its_addresses(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PEERS = [("replicas", 8001)]
    _resolve_to(monkeypatch, "10.0.0.2", "10.0.0.3", "10.0.0.2")

    assert peers.addresses(1) == ([("10.0.0.2", 8001), ("10.0.0.3", 8001)], [])


def test_name_that_is_gone_stands_for_what_it_was(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PEERS = [("replicas", 8001)]
    _resolve_to(monkeypatch, "10.0.0.2")
    peers.addresses(1)
    monkeypatch.setattr(socket, "getaddrinfo", _raise)

    assert peers.addresses(1) == ([("10.0.0.2", 8001)], [])


def test_name_that_never_was_is_a_peer_that_is_down(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PEERS = [("nowhere.invalid", 8001)]
    monkeypatch.setattr(socket, "getaddrinfo", _raise)

    families = {family.name: family for family in gathering.gather()}

    assert families["homercovilha_peer_up"].samples == ['homercovilha_peer_up{peer="nowhere.invalid:8001"} 0']
    assert "homercovilha_build_info" in families


def test_name_server_that_hangs_costs_a_part_of_the_deadline_and_one_thread(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = threading.Event()
    settings.PEERS = [("replicas", 8001)]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: end.wait(30) and [])
    threads = threading.active_count()

    begin = time.monotonic()
    for _ in range(5):
        gathering.gather(scrape_timeout=0.4)
    seconds = time.monotonic() - begin
    left = threading.active_count() - threads
    end.set()

    assert left == 1
    assert seconds < 5 * 0.4


@pytest.mark.parametrize(
    ("bind_host", "address", "expected"),
    [
        ("127.0.0.2", "127.0.0.2", True),
        ("127.0.0.2", "127.0.0.3", False),
        ("0.0.0.0", "127.0.0.1", True),
        ("0.0.0.0", "192.0.2.1", False),
        ("::", "::1", True),
    ],
)
def test_replica_finds_itself(settings: Settings, bind_host: str, address: str, expected: bool) -> None:
    settings.BIND_HOST, settings.INTERNAL_PORT = bind_host, 8001

    assert peers.is_this_replica((address, 8001)) is expected
    assert not peers.is_this_replica((address, 8002))


def test_replica_does_not_ask_itself_over_the_network(settings: Settings) -> None:
    with Peer(answers(GOOD)) as itself:
        settings.BIND_HOST, settings.INTERNAL_PORT = itself.address
        settings.PEERS = [itself.address]

        families = {family.name: family for family in gathering.gather()}

    assert itself.connections == 0
    assert families["homercovilha_peer_up"].samples[0].endswith(" 1")


def test_admin_site_is_none_of_the_replicas(settings: Settings) -> None:
    with Peer(answers(GOOD)) as replica:
        settings.PEERS, settings.IS_REPLICA = [replica.address], False

        names = {family.name for family in gathering.gather()}

    assert names == {"x", "homercovilha_peer_up", "homercovilha_peers", "homercovilha_gathering_seconds"}


def test_answer_is_reused_for_a_second_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now)

    assert _shared("first") == "first"
    now += 0.9
    assert _shared("second") == "first"
    now += 0.2
    assert _shared("third") == "third"


def test_hasty_asker_spoils_no_other_answer() -> None:
    assert _shared("hasty", patience=0.1, complete=False) == "hasty"
    assert _shared("patient", patience=2, complete=False) == "patient"
    assert _shared("hasty again", patience=0.1, complete=False) == "patient"


def test_full_disk_costs_nobody_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)

    assert _shared("answer") == "answer"


def test_torn_answer_is_gathered_again() -> None:
    _shared("torn")
    (sharing._folder() / "gathered.json").write_text("[1")

    assert _shared("whole") == "whole"


def test_gathering_that_does_not_end_is_not_waited_for() -> None:
    begun, end = threading.Event(), threading.Event()

    def hang(_timeout: float) -> sharing.Gathering:
        begun.set()
        end.wait(30)
        return sharing.Gathering([], complete=True, patience=1)

    other = threading.Thread(target=sharing.shared, args=(hang, 1, 1))
    other.start()
    begun.wait(30)

    with pytest.raises(sharing.BusyError):
        sharing.shared(hang, patience=1, wait=0.1)
    end.set()
    other.join()


def _shared(name: str, patience: float = 1, complete: bool = True) -> str:
    gathering = sharing.Gathering([Family(name, "gauge", "")], complete, patience)
    (family,) = sharing.shared(lambda _timeout: gathering, patience, wait=5)
    return family.name


def _resolve_to(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 8001)) for host in hosts]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: found)


def _raise(*_args: object, **_kwargs: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
