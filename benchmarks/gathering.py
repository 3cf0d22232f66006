"""What one scrape costs the replica that serves it, by the number of peers it scrapes.

python -m benchmarks.gathering [PEERS…] prints a table for docs/metrics.md. Each peer serves, from a process apart,
what a real replica exposes after requests by three methods to six paths; this replica's own counts are those too.
A row with 0 peers is this replica's own exposition. The library's row is the same counts as django-prometheus
exposes them: both are measured in turn, so that their ratio means something on a busy machine too.
"""

import argparse
import gzip
import multiprocessing
import os
import selectors
import socket
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from unittest.mock import patch

import django
from django.conf import settings
from django.test import RequestFactory, override_settings
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from benchmarks.measure import print_bar
from tests.support.metrics import OPENMETRICS, scrape, series
from tests.support.servers import Gunicorn, get

RUNS = 15
TOKEN = "a-token"
# The most CPU time of this replica's own exposition, of a scrape with 20 peers and of each peer, to the library's.
# Where they were set, the library's took 4.7 ms: they are 4.7, 25 and 1 ms there.
MOST_OWN, MOST_OF_20, MOST_A_PEER = 1.0, 5.3, 0.21


@dataclass(frozen=True)
class Cost:
    """Medians of some runs, in seconds, and the size of the response in bytes, plain and with gzip."""

    wall: float
    cpu: float
    size: int
    compressed: int


def count(directory: Path) -> str:
    """Count some traffic of a real replica in the directory, and return its exposition with PEER as its name."""
    with Gunicorn(POD_NAME="PEER", PROMETHEUS_MULTIPROC_DIR=str(directory)) as replica:
        for method in ("GET", "HEAD", "POST"):
            for path in ("/", "/homersimpson", "/covilha", "/metrics", "/nowhere", "/static/nothing"):
                get(f"{replica.url}{path}", method=method)
        return scrape(f"{replica.internal_url}/metrics")


def measure(numbers: list[int], exposition: str, directory: Path) -> tuple[Cost, dict[int, Cost]]:
    """Return the cost of the library's exposition, and that of a scrape by each number of peers, measured in turn."""
    with (
        _peers(max(numbers), exposition) as addresses,
        patch.dict(os.environ, PROMETHEUS_MULTIPROC_DIR=str(directory)),
        override_settings(EXPORTER={"prefix": "homercovilha", "tokens": [TOKEN], "pod": "own"}),
    ):
        requests = [partial(_library, directory), *(partial(_scrape, addresses[:number]) for number in numbers)]
        rounds = [[_timed(request) for request in requests] for _ in range(RUNS + 1)]
    # The first round warms what is remembered.
    library, *costs = [_median(list(runs)) for runs in zip(*rounds[1:], strict=True)]
    return library, dict(zip(numbers, costs, strict=True))


def _median(costs: list[Cost]) -> Cost:
    walls, cpus = [cost.wall for cost in costs], [cost.cpu for cost in costs]
    return Cost(statistics.median(walls), statistics.median(cpus), costs[0].size, costs[0].compressed)


def _timed(respond: Callable[[], bytes]) -> Cost:
    wall, cpu = time.perf_counter(), time.process_time()
    compressed = respond()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return Cost(wall, cpu, len(gzip.decompress(compressed)), len(compressed))


def _library(directory: Path) -> bytes:
    registry = CollectorRegistry()
    MultiProcessCollector(registry, str(directory))
    return gzip.compress(generate_latest(registry), compresslevel=1)


def _scrape(addresses: list[tuple[str, int]]) -> bytes:
    """Serve one scrape as the view does, with everything between the request and the compressed response."""
    from exporter import views

    headers = {"Accept": OPENMETRICS, "Accept-Encoding": "gzip", "Authorization": f"Bearer {TOKEN}"}
    request = RequestFactory().get("/metrics", headers=headers)
    settings.EXPORTER["peers"] = addresses
    return bytes((views.metrics(request) if addresses else views.own_metrics(request)).content)


@contextmanager
def _peers(number: int, exposition: str) -> Iterator[list[tuple[str, int]]]:
    listeners = [socket.create_server(("127.0.0.1", 0), backlog=64) for _ in range(number)]
    peers = multiprocessing.get_context("fork").Process(target=_serve, args=(listeners, exposition), daemon=True)
    peers.start()
    try:
        yield [listener.getsockname() for listener in listeners]
    finally:
        peers.terminate()
        peers.join()
        for listener in listeners:
            listener.close()


def _serve(listeners: list[socket.socket], exposition: str) -> None:
    with selectors.DefaultSelector() as selector:
        for number, listener in enumerate(listeners):
            body = exposition.replace('"PEER"', f'"pod-{number}"').encode()
            head = f"HTTP/1.0 200 OK\r\nContent-Type: {OPENMETRICS}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            selector.register(listener, selectors.EVENT_READ, head + body)
        while True:
            for key, _ in selector.select():
                # A selector's file may be a bare descriptor to the type checker; these are sockets.
                connection, _ = key.fileobj.accept()  # type: ignore[union-attr] # It is a socket.
                with connection:
                    connection.recv(65536)
                    connection.sendall(key.data)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peers", nargs="*", type=int, default=[0, 3, 10, 20, 50], help="numbers of peers to measure")
    numbers = parser.parse_args().peers
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homercovilha.settings.development")
    django.setup()
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "counts"
        exposition = count(directory)
        library, costs = measure(numbers, exposition, directory)
    print(f"{len(series(exposition))} series a replica. Medians of {RUNS} runs, measured in turn.\n")
    print(
        "| peers | CPU | to the library's | wall | response | with gzip |\n| ---: | ---: | ---: | ---: | ---: | ---: |"
    )
    for name, cost in [("the library's exposition", library), *((str(number), cost) for number, cost in costs.items())]:
        print(
            f"| {name} | {cost.cpu * 1000:.1f} ms | {cost.cpu / library.cpu:.2f} | {cost.wall * 1000:.0f} ms "
            f"| {cost.size / 1000:.0f} kB | {cost.compressed / 1000:.0f} kB |"
        )
    ratios = {number: cost.cpu / library.cpu for number, cost in costs.items()}
    if {0, 20} <= ratios.keys():
        print_bar("CPU of the own exposition ÷ the library's", ratios[0], MOST_OWN)
        print_bar("CPU of a scrape with 20 peers ÷ the library's exposition", ratios[20], MOST_OF_20)
        print_bar("CPU of each of 20 peers ÷ the library's exposition", (ratios[20] - ratios[0]) / 20, MOST_A_PEER)


if __name__ == "__main__":
    main()
