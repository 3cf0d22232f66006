"""A scrape contains every request that was answered before it was requested, and no counter ever falls.

PAIRS=10000 pytest -s tests/e2e/test_freshness.py for as many pairs of a request and a scrape.
"""

import http.client
import os
import random
import re
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.load import PAGES
from tests.support.metrics import OPENMETRICS
from tests.support.replicas import Replicas
from tests.support.servers import Gunicorn, get

PAIRS = int(os.environ.get("PAIRS", "600"))
HOSTS = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
CLIENTS = 30
TOKEN = "a-token"
COUNTER = re.compile(r'(?m)^(\w+)_requests_total\{pod="pod-([0-9.]+)"\} ([0-9.e+]+)$')

Counts = Counter[tuple[str, str]]


@pytest.fixture(scope="module")
def hung_peer() -> Iterator[str]:
    """Yield the address of a peer that takes connections until its queue is full, and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
        yield f"127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture(scope="module")
def replicas(hung_peer: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Gunicorn]]:
    with Replicas(tmp_path_factory.mktemp("replicas"), METRICS_TOKEN=TOKEN) as replicas:
        replicas.environ["PEERS"] += f",{hung_peer}"
        yield {host: replicas.start(host) for host in HOSTS}


class Client:
    """Requests a page of any replica, then a scrape through any replica, again and again."""

    def __init__(self, answered: Counts, lock: threading.Lock, port: int) -> None:
        self.answered, self.lock = answered, lock
        self.connections = {host: http.client.HTTPConnection(host, port, timeout=30) for host in HOSTS}
        self.before: Counts = Counter()
        self.pairs = self.busy = 0
        self.stale: list[str] = []

    def run(self, pairs: int) -> None:
        while self.pairs < pairs:
            host, page = random.choice(HOSTS), random.choice(PAGES)
            assert self._get(host, f"/{page}")[0] == 200
            with self.lock:
                self.answered[page, host] += 1
                expected = self.answered.copy()
            status, text = self._get(random.choice(HOSTS), "/metrics")
            if status == 503:
                self.busy += 1
                continue
            assert status == 200, text
            self._compare(expected, text)

    def _compare(self, expected: Counts, text: str) -> None:
        counted: Counts = Counter({(page, host): int(float(value)) for page, host, value in COUNTER.findall(text)})
        # A replica may have been too slow for this scrape: then it is not in it. What is in it must be right.
        for key in counted:
            if counted[key] < max(expected[key], self.before[key]):
                self.stale.append(f"{key}: {counted[key]}, {expected[key]} answered, {self.before[key]} scraped before")
        self.before |= counted
        self.pairs += len(counted) == len(HOSTS) * len(PAGES)

    def _get(self, host: str, path: str) -> tuple[int, str]:
        headers = {"Host": "localhost"}
        if path == "/metrics":
            headers |= {"Accept": OPENMETRICS, "Authorization": f"Bearer {TOKEN}"}
            headers["X-Prometheus-Scrape-Timeout-Seconds"] = "1"
        connection = self.connections[host]
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status, response.read().decode()


@pytest.mark.timeout(200 + PAIRS)
def test_scrape_contains_what_was_answered_before_it_and_no_counter_falls(replicas: dict[str, Gunicorn]) -> None:
    begin, answered, lock = time.monotonic(), Counter[tuple[str, str]](), threading.Lock()
    clients = [Client(answered, lock, replicas[HOSTS[0]].port) for _ in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda client: client.run(-(-PAIRS // CLIENTS)), clients))

    for connection in (connection for client in clients for connection in client.connections.values()):
        connection.close()
    pairs, busy = sum(client.pairs for client in clients), sum(client.busy for client in clients)
    stale = [line for client in clients for line in client.stale]
    print(
        f"\n{pairs} pairs in {time.monotonic() - begin:.0f} s: {len(stale)} stale; {busy} scrapes were refused as busy"
    )
    assert stale == []
    assert pairs >= PAIRS


@pytest.mark.parametrize("peers", ["", "127.0.0.1:1"])
def test_a_visit_between_two_scrapes_is_in_the_second(peers: str) -> None:
    with Gunicorn(log=None, POD_NAME="pod-127.0.0.1", **({"PEERS": peers} if peers else {})) as server:
        for number in range(1, 6):
            assert get(f"{server.url}/covilha").status == 200
            counted = {page: float(value) for page, _, value in COUNTER.findall(get(f"{server.url}/metrics").text)}
            assert counted["covilha"] == number


def test_paused_worker_makes_no_counter_fall(hung_peer: str, tmp_path: Path) -> None:
    """A worker is stopped in the middle of a scrape. What it read of others is of no use to anybody afterwards."""
    directory = tmp_path / "counts"
    with Gunicorn(POD_NAME="pod-127.0.0.1", BIND_HOST="127.0.0.1") as peer:
        environ = {"PEERS": f"127.0.0.1:{peer.internal_port},{hung_peer}", "PROMETHEUS_MULTIPROC_DIR": str(directory)}
        with Gunicorn(log=None, **environ) as server, ThreadPoolExecutor(1) as pool:
            paused = pool.submit(_covilha, server)
            worker = _holder(server, directory / "scrape-2.0.lock")
            # The peer has answered by now, and the hung one has not.
            time.sleep(1)
            os.kill(worker, signal.SIGSTOP)
            try:
                for _ in range(20):
                    assert get(f"{peer.url}/covilha").status == 200
                time.sleep(1.5)
            finally:
                os.kill(worker, signal.SIGCONT)
            after = _covilha(server)
            print(f"\nthe paused scrape has {paused.result()} of 20, the next one {after}")
            assert after == 20


def _covilha(server: Gunicorn) -> float:
    text = get(f"{server.url}/metrics", timeout=30).text
    found = {host: float(value) for page, host, value in COUNTER.findall(text) if page == "covilha"}
    return found["127.0.0.1"]


def _holder(server: Gunicorn, file: Path) -> int:
    """Return the worker that has the file open, as soon as there is one."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for worker in server.workers():
            if any(link.exists() and link.readlink() == file for link in Path(f"/proc/{worker}/fd").iterdir()):
                return worker
    raise AssertionError(f"no worker opened {file}")
