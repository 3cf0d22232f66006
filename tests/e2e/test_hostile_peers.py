"""A peer that is down, hangs, drips or lies is a gap and peer_up 0: the others' series are whole."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.support.hostile import BEHAVIOURS, GOOD, Peer, answers
from tests.support.metrics import OPENMETRICS
from tests.support.servers import ROOT, Answer, Gunicorn, free_port, get

# The default: the peers get 2 seconds, in which a good one answers on a busy machine too.
SCRAPE_TIMEOUT_SECONDS = 10
UP = 'homercovilha_peer_up{{peer="127.0.0.1:{}"}} {}\n'


class Scene:
    """A replica called good, a good peer called other, and a peer of each kind that is not; asked once."""

    def __init__(self, folder: Path) -> None:
        self.answer: Answer
        self.log = folder / "log"
        self.hostile = {name: Peer(behaviour) for name, behaviour in BEHAVIOURS.items()}
        self.other, self.slow = Peer(answers(GOOD)), Peer(answers(GOOD.replace("other", "slow")))
        self.down = free_port()
        self.internal_port = free_port()
        self.peers = [*self.hostile.values(), self.other, self.slow]
        ports = [self.internal_port, self.down, *(peer.address[1] for peer in self.peers)]
        self.replica = Gunicorn(
            log=self.log,
            POD_NAME="good",
            INTERNAL_PORT=str(self.internal_port),
            PEERS=",".join(f"127.0.0.1:{port}" for port in ports),
        )

    def scrape(self) -> Answer:
        return get(f"{self.replica.url}/metrics", {"Accept": OPENMETRICS}, timeout=SCRAPE_TIMEOUT_SECONDS)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    scene = Scene(tmp_path_factory.mktemp("hostile"))
    with ExitStack() as stack:
        for peer in scene.peers:
            stack.enter_context(peer)
        stack.enter_context(scene.replica)
        scene.answer = scene.scrape()
        yield scene


def test_good_replicas_are_whole_within_the_deadline(scene: Scene) -> None:
    assert scene.answer.status == 200
    assert f"homercovilha_peers {len(scene.hostile) + 4}\n" in scene.answer.text
    for port in (scene.internal_port, scene.other.address[1], scene.slow.address[1]):
        assert UP.format(port, 1) in scene.answer.text
    assert 'x_total{pod="other"} 1.0\n' in scene.answer.text
    assert 'covilha_requests_total{pod="good"} 0.0\n' in scene.answer.text
    assert set(_pods(scene.answer.text)) == {"good", "other", "slow"}
    assert list(text_string_to_metric_families(scene.answer.text))


@pytest.mark.parametrize("name", BEHAVIOURS)
def test_hostile_peer_is_left_out_with_a_line_in_the_log(scene: Scene, name: str) -> None:
    port = scene.hostile[name].address[1]

    assert UP.format(port, 0) in scene.answer.text
    assert f":{port}" in scene.log.read_text()


def test_peer_that_is_down_is_left_out(scene: Scene) -> None:
    assert UP.format(scene.down, 0) in scene.answer.text


def test_fifty_clients_at_once_share_scrapes(scene: Scene) -> None:
    before = scene.slow.connections

    with ThreadPoolExecutor(50) as pool:
        statuses = list(pool.map(lambda _: get(f"{scene.replica.url}/metrics").status, range(50)))

    # One scrape for the first of them, the next for those who came meanwhile, and one for clients that had to queue
    # for a thread.
    assert set(statuses) <= {200, 503}
    assert 1 <= scene.slow.connections - before <= 6


def test_thousand_scrapes_leave_nothing_behind() -> None:
    names = ("hangs", "drips its body", "never ends", "closes at once", "is binary")
    hostile = [Peer(BEHAVIOURS[name]) for name in names]
    with ExitStack() as stack:
        for peer in hostile:
            stack.enter_context(peer)
        # In a process of its own, where nothing else opens connections or threads.
        command = [sys.executable, "-c", THOUSAND_SCRAPES, *(str(peer.address[1]) for peer in hostile)]
        run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, timeout=250)

    threads, descriptors, threads_after, descriptors_after = map(int, run.stdout.split())
    assert all(peer.connections >= 1000 for peer in hostile)
    assert threads_after <= threads + 1
    assert descriptors_after <= descriptors + 1


THOUSAND_SCRAPES = """
import os, sys, threading
from django.conf import settings
ports = [int(port) for port in sys.argv[1:]]
settings.configure(EXPORTER={"peers": [("127.0.0.1", port) for port in ports]}, LOGGING_CONFIG=None)
from exporter import fetching, peers

def scrape():
    fetching.fetch_all(peers.addresses(1)[0], 0.012)

def left():
    return threading.active_count(), len(os.listdir("/proc/self/fd"))

scrape()
print(*left())
for _ in range(1000):
    scrape()
print(*left())
"""


def _pods(exposition: str) -> Iterator[str]:
    for line in exposition.splitlines():
        if 'pod="' in line:
            yield line.partition('pod="')[2].partition('"')[0]
