"""What one scrape costs the replica that answers it, by the number of replicas it asks.

python -m benchmarks.gathering [PEERS…]: a table for docs/metrics.md. Each peer serves, from a process apart,
the exposition that a real replica gave after requests by three methods to six paths.
"""

import argparse
import gzip
import multiprocessing
import os
import selectors
import socket
import statistics
import time
from dataclasses import dataclass

import django
from django.test import RequestFactory, override_settings

from tests.metrics import OPENMETRICS, scrape
from tests.servers import Gunicorn, get

RUNS = 9


@dataclass(frozen=True)
class Cost:
    """Medians of some runs, in seconds; the answer's size in bytes, plain and with gzip."""

    peers: int
    wall: float
    cpu: float
    size: int
    compressed: int


def real_exposition() -> str:
    """Return what a real replica says after some traffic, with PEER in the place of its name."""
    with Gunicorn(POD_NAME="PEER") as replica:
        for method in ("GET", "HEAD", "POST"):
            for path in ("/", "/homersimpson", "/covilha", "/metrics", "/nowhere", "/static/nothing"):
                get(f"{replica.url}{path}", method=method)
        return scrape(f"{replica.internal_url}/metrics")


def measure(number: int, exposition: str) -> Cost:
    """Return what a scrape through one replica costs it when it asks `number` others."""
    listeners = [socket.create_server(("127.0.0.1", 0), backlog=64) for _ in range(number)]
    peers = multiprocessing.get_context("fork").Process(target=_serve, args=(listeners, exposition), daemon=True)
    peers.start()
    try:
        runs = [_scrape([listener.getsockname() for listener in listeners]) for _ in range(RUNS)]
    finally:
        peers.terminate()
        peers.join()
        for listener in listeners:
            listener.close()
    wall, cpu = (statistics.median(run[column] for run in runs) for column in (0, 1))
    return Cost(number, wall, cpu, runs[0][2], runs[0][3])


def _scrape(addresses: list[tuple[str, int]]) -> tuple[float, float, int, int]:
    """Answer one scrape as the view does, with everything between the request and the compressed answer."""
    from exporter import views

    request = RequestFactory().get(
        "/metrics", headers={"Accept": OPENMETRICS, "Accept-Encoding": "gzip", "Authorization": "Bearer token"}
    )
    with override_settings(PEERS=addresses, METRICS_TOKENS=["token"]):
        wall, cpu = time.perf_counter(), time.process_time()
        compressed = views.metrics(request).content
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    body = gzip.decompress(compressed)
    assert body.count(b'homercovilha_peer_up{peer="127.') == body.count(b"} 1\n") == len(addresses)
    return wall, cpu, len(body), len(compressed)


def _serve(listeners: list[socket.socket], exposition: str) -> None:
    with selectors.DefaultSelector() as selector:
        for number, listener in enumerate(listeners):
            body = exposition.replace('"PEER"', f'"pod-{number}"').encode()
            head = f"HTTP/1.0 200 OK\r\nContent-Type: {OPENMETRICS}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
            selector.register(listener, selectors.EVENT_READ, head + body)
        while True:
            for key, _ in selector.select():
                # A selector's file may be a bare descriptor to the type checker; these are sockets.
                connection, _ = key.fileobj.accept()  # type: ignore[union-attr]
                with connection:
                    connection.recv(65536)
                    connection.sendall(key.data)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("peers", nargs="*", type=int, default=[1, 5, 10, 20, 50], help="numbers of peers to measure")
    numbers = parser.parse_args().peers
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homercovilha.settings.development")
    django.setup()
    exposition = real_exposition()
    print(f"Each peer has {exposition.count(chr(10))} lines. Medians of {RUNS} runs.\n")
    print("| replicas asked | wall | CPU | answer | with gzip |\n| ---: | ---: | ---: | ---: | ---: |")
    for number in numbers:
        cost = measure(number, exposition)
        print(
            f"| {cost.peers} | {cost.wall * 1000:.0f} ms | {cost.cpu * 1000:.0f} ms "
            f"| {cost.size / 1000:.0f} kB | {cost.compressed / 1000:.0f} kB |"
        )


if __name__ == "__main__":
    main()
