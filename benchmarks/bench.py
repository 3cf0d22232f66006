"""What a request costs this site and its peers, side by side: `make bench`.

Each server has one worker on one core, wrk with 16 kept connections is on another, and the rows are measured in turn,
round after round, every other round backwards, those that a bar compares four times. Shown are the medians, and ratios
as the medians of those of neighbours in time: a machine that becomes slower in between does so for both rows.
CPU is the time that all processes of the server used for a request; it stays much the same on a busy machine, where
requests/s and latencies do not.
"""

import argparse
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import version
from itertools import cycle
from pathlib import Path
from statistics import median

from benchmarks import measure
from benchmarks.page import BROWSER
from benchmarks.servers import PEERS_BIN, Server, running
from tests.support.processes import memory_megabytes
from tests.support.programs import require
from tests.support.servers import ROOT, Gunicorn, get

Row = tuple[str, str, str, Mapping[str, str]]
Costs = Mapping[str, list[measure.Cost]]
BROWSER_HEADERS = {name.removeprefix("HTTP_").replace("_", "-").title(): value for name, value in BROWSER.items()}
CLOSE = {"Connection": "close"}
# Programs that this starts, and Debian's packages of them. Only wrk is indispensable.
PACKAGES = {"wrk": "wrk", "taskset": "util-linux", "nginx": "nginx-light"}
PAGE = "/covilha"
COMPARED = ("FastAPI", "Flask", "Django", "bare WSGI")
MEMORY_REQUESTS, MOST_MEGABYTES = 20_000, 14 * 1.048576
# Rows that a bar compares, and the largest ratio of their CPU time.
BARS = (
    ("ours: HTML", "FastAPI: HTML", 1.00),
    ("ours: HTML", "Flask: HTML", 0.65),
    ("ours: HTML", "Django: HTML", 0.35),
    ("ours: HTML", "bare WSGI: hello", 2.0),
    ("ours: Homer", "ours: HTML", 1.0),
    ("ours: JSON", "ours: HTML", 1.0),
    ("ours: HTML, a browser's headers", "ours: HTML", 1.1),
)
# How often a round measures these rows.
TIMES = 4


def rows(ours: Server, peers: list[str]) -> list[Row]:
    """Return what is measured: a name, the server's name, the path and the headers of each row."""
    found = re.search(r'/static/pages/homer[^"]*\.svg', get(f"{ours.url}/homersimpson").text)
    assert found
    return [
        ("ours: HTML", "ours", PAGE, {}),
        ("ours: HTML, a browser's headers", "ours", PAGE, BROWSER_HEADERS),
        ("ours: JSON", "ours", PAGE, {"Accept": "application/json"}),
        ("ours: Homer", "ours", "/homersimpson", {}),
        ("ours: HTML, a connection each", "ours", PAGE, CLOSE),
        ("ours: HTML, rendered each time", "rendering", PAGE, {}),
        ("ours: the picture", "ours", found[0], {}),
        ("FastAPI: HTML", "FastAPI", PAGE, {}),
        ("FastAPI: HTML, a browser's headers", "FastAPI", PAGE, BROWSER_HEADERS),
        ("FastAPI: HTML, a connection each", "FastAPI", PAGE, CLOSE),
        ("Flask: HTML", "Flask", PAGE, {}),
        ("Django: HTML", "Django", PAGE, {}),
        ("bare WSGI: hello", "bare WSGI", PAGE, {}),
        *([("nginx: HTML as a file", "nginx", PAGE, {})] if "nginx" in peers else []),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of which the median is shown (default: 5)")
    parser.add_argument("--seconds", type=int, default=2, help="how long a row is measured each round (default: 2)")
    options = parser.parse_args()

    check_programs()
    measure.pin()
    print_machine()
    costs: dict[str, list[measure.Cost]] = {}
    with running() as servers:
        for server in servers.values():
            measure.cost(server.pid, server.url + PAGE, {})
        found = rows(servers["ours"], list(servers))
        compared = [row for row in found if any(row[0] in bar for bar in BARS)]
        for number in range(options.rounds):
            for name, server_name, path, headers in [*compared * (TIMES - 1), *found][:: -1 if number % 2 else 1]:
                server = servers[server_name]
                costs.setdefault(name, []).append(measure.cost(server.pid, server.url + path, headers, options.seconds))
    print_table(costs)
    print_bars(costs, memory())


def memory() -> float:
    """Return the unique memory, in MB, of a worker that has served MEMORY_REQUESTS for the pages in turn."""
    with Gunicorn(WEB_CONCURRENCY="1") as server:
        ours = [row for row in rows(Server(server.process.pid, server.url), []) if row[1] == "ours"]
        turns, served = cycle(ours), 0
        while served < MEMORY_REQUESTS:
            _, _, path, headers = next(turns)
            served += measure.cost(server.process.pid, server.url + path, headers).requests
        (worker,) = server.workers()
        return memory_megabytes(worker)[0]


def check_programs() -> None:
    """Report which programs are missing and how to get them; exit if nothing can be measured without one."""
    missing = [name for name in PACKAGES if not shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")]
    if missing:
        packages = " ".join(PACKAGES[name] for name in missing)
        print(f"Missing: {', '.join(missing)}. To get them on Debian: sudo apt-get install {packages}", file=sys.stderr)
    if "wrk" in missing:
        raise SystemExit(1)


def print_machine() -> None:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    peers = ("fastapi", "uvicorn", "flask", "django", "django-prometheus", "gunicorn", "uvloop")
    program = f"from importlib.metadata import version as v; print(*(f'{{n}} {{v(n)}}' for n in {peers}), sep=', ')"
    found = subprocess.run([PEERS_BIN / "python", "-c", program], capture_output=True, text=True, check=True).stdout
    revision = subprocess.run(
        [require("git"), "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    cores = "a core each for server and wrk" if measure.PINNED else "not pinned"
    print(f"{os.cpu_count()} x {model[1] if model else platform.processor()}, {cores}, load {os.getloadavg()[0]:.1f}")
    print(
        f"Python {sys.version.split()[0]}, revision {revision.stdout.strip() or 'unknown'}: "
        f"Django {version('django')}, gunicorn {version('gunicorn')}"
    )
    print(f"peers: {found}")


def ratio(costs: Costs, above: str, below: str, figure: str = "cpu") -> float:
    """Return the median of the ratios of two rows' figure, each of the same time.

    Where one row was measured more often, what was measured of it in a round counts as one, by its median.
    """
    often = min(len(costs[above]), len(costs[below]))
    pairs = zip(*(_medians(costs[name], often) for name in (above, below)), strict=True)
    return median(getattr(a, figure) / getattr(b, figure) for a, b in pairs)


def _medians(costs: list[measure.Cost], number: int) -> list[measure.Cost]:
    size = len(costs) // number
    return [measure.Cost.median(costs[start : start + size]) for start in range(0, len(costs), size)]


def print_table(costs: Costs) -> None:
    print(
        f"| {'request':34} | CPU µs | requests/s | p50 ms | p99 ms | "
        + " | ".join(f"÷ {name}" for name in COMPARED)
        + " |"
    )
    print(f"| {'---':34} " + "| ---: " * (4 + len(COMPARED)) + "|")
    pages = [next(row for row in costs if row.startswith(f"{name}: ")) for name in COMPARED]
    for name, found in costs.items():
        cost = measure.Cost.median(found)
        ratios = "".join(f" {ratio(costs, name, page):.2f} |" for page in pages)
        print(f"| {name:34} | {cost.cpu:.0f} | {cost.rate:.0f} | {cost.p50:.1f} | {cost.p99:.1f} |{ratios}")


def print_bars(costs: Costs, megabytes: float) -> None:
    lines = [(f"CPU of {above} ÷ {below}", ratio(costs, above, below), most) for above, below, most in BARS]
    lines.append(("p99 of ours: HTML ÷ FastAPI: HTML", ratio(costs, "ours: HTML", "FastAPI: HTML", "p99"), 1.2))
    lines.append((f"MB of a worker's own after {MEMORY_REQUESTS} requests", megabytes, MOST_MEGABYTES))
    for line in lines:
        measure.print_bar(*line)


if __name__ == "__main__":
    main()
