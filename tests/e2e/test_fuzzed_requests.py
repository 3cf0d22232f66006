"""Requests made from good and bad ones by chance: no error of the server, no new labels, no memory that is kept.

FUZZ_REQUESTS=20000 and FUZZ_SEED=… try more and others.
"""

import os
import random
import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.e2e.conftest import LoggedSite
from tests.e2e.test_bad_input import ANSWERED, PLAIN, REFUSED
from tests.support.metrics import scrape
from tests.support.processes import memory_megabytes
from tests.support.raw import request, send

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "1000"))
SEED = int(os.environ.get("FUZZ_SEED", "1"))
CORPUS = [data for _, data in (ANSWERED | PLAIN | REFUSED).values()]
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "PATCH", "CONNECT", "BREW"]
PATHS = ["/", "/covilha", "/homersimpson", "/metrics", "/nowhere"]
PIECES = [
    b"\r\n",
    b"\r\n\r\n",
    b"\0",
    b" ",
    b"HTTP/1.1",
    b"http://x/",
    b"%00",
    b"Content-Length: 5\r\n",
    b"\xff",
    b"0\r\n",
]
# What a worker may keep for itself after hostile requests more than after ordinary ones.
MOST_MEGABYTES = 12


@pytest.mark.usefixtures("static_files")
def test_no_error_no_new_labels_and_no_memory_kept(tmp_path: Path) -> None:
    with LoggedSite(log=tmp_path / "log", WEB_CONCURRENCY="1") as site:
        # What refuses has its few series, and everything is loaded.
        for data in CORPUS * 2 + [request(f"{method} {path}".encode()) for method in METHODS for path in PATHS]:
            send((site.host, site.port), data)
        before, (worker,) = _labels(site), site.workers()
        megabytes = memory_megabytes(worker)[0]
        chance = random.Random(SEED)
        with ThreadPoolExecutor(4) as pool:
            statuses = Counter(pool.map(lambda data: _status(site, data), (_mutant(chance) for _ in range(REQUESTS))))
        grown = memory_megabytes(worker)[0] - megabytes
        print(f"\n{REQUESTS} requests, {dict(statuses)}; {megabytes:.1f} MB of the worker's own grew by {grown:.1f} MB")
        assert {status for status in statuses if status >= 500} <= {501}
        assert _labels(site) == before
        assert site.workers() == [worker]
        assert grown < MOST_MEGABYTES
        assert "Traceback" not in site.logged_since(0)


def _labels(site: LoggedSite) -> set[tuple[str, str]]:
    """Return all labels but the status: no request can make a new one, so the number of series is bounded."""
    exposition = scrape(f"{site.internal_url}/metrics")
    return {label for label in re.findall(r'(\w+)="([^"]*)"', exposition) if label[0] != "status"}


def _status(site: LoggedSite, data: bytes) -> int:
    return send((site.host, site.port), data, timeout=60).status


def _mutant(chance: random.Random) -> bytes:
    data = chance.choice(CORPUS)[:100_000]
    for _ in range(chance.randrange(4)):
        at, end = sorted(chance.randrange(min(len(data), 300) + 1) for _ in range(2))
        kind = chance.randrange(5)
        if kind == 0:
            data = data[:at] + data[end:]
        elif kind == 1:
            data = data[:at] + chance.choice(PIECES) + data[at:]
        elif kind == 2:
            data = data[:at] + chance.randbytes(1) + data[at + 1 :]
        elif kind == 3:
            data = data[:at] + data[at:end] * 2 + data[end:]
        else:
            data += chance.choice(CORPUS)[:1000]
    return data
