"""Any replica returns the metrics of all: the names behind PEERS, and this replica among them."""

import socket
import threading
import time
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from exporter import peers, scraping, sharing
from tests.exporter.conftest import Configure
from tests.support.hostile import GOOD, Peer, answers


@pytest.fixture(autouse=True)
def _nothing_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(peers, "_known", {})
    monkeypatch.setattr(sharing, "directory", lambda: tmp_path)


def test_without_peers_the_result_is_this_replica_alone(configure: Configure) -> None:
    configure(peers=[])

    assert "homercovilha_peer_up" not in set(_families())


def test_name_stands_for_all_its_addresses(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(peers=[("replicas", 8001)])
    _resolve_to(monkeypatch, "10.0.0.2", "10.0.0.3", "10.0.0.2")

    assert peers.addresses(1) == ([("10.0.0.2", 8001), ("10.0.0.3", 8001)], [])


def test_name_that_is_gone_stands_for_what_it_was(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(peers=[("replicas", 8001)])
    _resolve_to(monkeypatch, "10.0.0.2")
    peers.addresses(1)
    monkeypatch.setattr(socket, "getaddrinfo", _raise)

    assert peers.addresses(1) == ([("10.0.0.2", 8001)], [])


def test_name_that_never_was_is_a_peer_that_is_down(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    configure(peers=[("nowhere.invalid", 8001)])
    monkeypatch.setattr(socket, "getaddrinfo", _raise)

    families = _families()

    assert [(sample.labels, sample.value) for sample in families["homercovilha_peer_up"].samples] == [
        ({"peer": "nowhere.invalid:8001"}, 0)
    ]
    assert "homercovilha_build_info" in families


def test_name_server_that_hangs_costs_a_part_of_the_deadline_and_one_thread(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = threading.Event()
    configure(peers=[("replicas", 8001)])
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: end.wait(30) and [])
    threads = threading.active_count()

    begin = time.monotonic()
    for _ in range(5):
        scraping.scrape(0.4)
    seconds = time.monotonic() - begin
    left = threading.active_count() - threads
    end.set()
    # Else it would still resolve for the next test.
    assert peers._thread
    peers._thread.join()

    assert left == 1
    # Not even one scrape waited for the name server, however busy this machine is.
    assert seconds < 30


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
def test_replica_finds_itself(monkeypatch: pytest.MonkeyPatch, bind_host: str, address: str, expected: bool) -> None:
    monkeypatch.setattr(peers, "listeners", [("192.0.2.1", 8000), (bind_host, 8001)])

    assert peers.is_this_replica((address, 8001)) is expected
    assert not peers.is_this_replica((address, 8002))


def test_replica_does_not_scrape_itself_over_the_network(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    with Peer(answers(GOOD)) as itself:
        monkeypatch.setattr(peers, "listeners", [itself.address])
        configure(peers=[itself.address])

        families = _families()

    assert itself.connections == 0
    assert families["homercovilha_peer_up"].samples[0].value == 1


def test_admin_site_is_not_a_replica(configure: Configure) -> None:
    with Peer(answers(GOOD)) as replica:
        configure(peers=[replica.address], is_replica=False)

        names = set(_families())

    assert names == {"x", "homercovilha_peer_up", "homercovilha_peers", "homercovilha_gathering_seconds"}


def test_wrong_setting_does_not_look_like_a_missing_replica(configure: Configure) -> None:
    configure(peers=[("127.0.0.1", 1)], pot="a key that is not one")

    with pytest.raises(TypeError, match="pot"):
        scraping.scrape()


@pytest.mark.parametrize(
    ("client", "peers"), [(10, 2.0), (6, 2.0), (5, 1.0), (3, 1.0), (2, 0.3), (1, 0.3), (0.5, 0.1), (0.1, 0.1)]
)
def test_peers_get_a_third_of_the_clients_timeout(monkeypatch: pytest.MonkeyPatch, client: float, peers: float) -> None:
    monkeypatch.setattr(scraping, "_scrape", lambda timeout: str(timeout).encode())

    assert float(scraping.scrape(client)) == peers


def test_strangers_cannot_multiply_the_work_of_the_peers(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scraping, "shared", lambda *arguments: str(arguments[-1]).encode())
    with Peer(answers(GOOD)) as one, Peer(answers(GOOD)) as other:
        configure(peers=[one.address, other.address])
        peers.addresses(1)
        configure(tokens=[])
        assert float(scraping.scrape()) == 2 * scraping.SPACING_SECONDS_PER_PEER
        configure(tokens=["token"])
        assert float(scraping.scrape()) == 0


def test_workers_share_the_addresses_they_know(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is started while the name server is down knows the peers all the same."""
    configure(peers=[("replicas", 8001), ("others", 8001)])
    _resolve_to(monkeypatch, "10.0.0.2", "10.0.0.3")
    peers.addresses(1)
    monkeypatch.setattr(peers, "_known", {})
    monkeypatch.setattr(socket, "getaddrinfo", _raise)

    assert peers.addresses(1) == ([("10.0.0.2", 8001), ("10.0.0.3", 8001)], [])


def test_workers_use_the_addresses_that_any_of_them_resolved_last(
    configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(peers=[("replicas", 8001)])
    this_worker: dict[peers.Address, list[peers.Address]] = {}
    for known, host in ((this_worker, "10.0.0.2"), ({}, "10.0.0.3"), (this_worker, "10.0.0.2"), ({}, "10.0.0.4")):
        monkeypatch.setattr(peers, "_known", known)
        _resolve_to(monkeypatch, host)
        peers.addresses(1)
        assert peers._stored() == {("replicas", 8001): [(host, 8001)]}
    monkeypatch.setattr(peers, "_known", this_worker)
    monkeypatch.setattr(socket, "getaddrinfo", _raise)

    assert peers.addresses(1) == ([("10.0.0.4", 8001)], [])


@pytest.mark.parametrize("content", ["", "[1]", "{}", '[[["replicas", 8001], 1]]', "null"])
def test_garbled_addresses_are_ignored(
    configure: Configure, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: str
) -> None:
    configure(peers=[("replicas", 8001)])
    (tmp_path / "peers.json").write_text(content)
    monkeypatch.setattr(socket, "getaddrinfo", _raise)

    assert peers.addresses(1) == ([], [("replicas", 8001)])


def _families() -> dict[str, Metric]:
    return {family.name: family for family in text_string_to_metric_families(scraping.scrape().decode())}


def _resolve_to(monkeypatch: pytest.MonkeyPatch, *hosts: str) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, 8001)) for host in hosts]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: found)


def _raise(*_args: object, **_kwargs: object) -> None:
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
