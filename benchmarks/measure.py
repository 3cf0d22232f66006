"""What requests cost a server, by wrk on another core than the server's."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.support.processes import cpu_seconds
from tests.support.programs import require

SERVER_CORE, CLIENT_CORE = 0, 1
PINNED = len(os.sched_getaffinity(0)) > 1 and shutil.which("taskset") is not None
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0}


@dataclass(frozen=True)
class Cost:
    """What one request costs: CPU time of the server in microseconds, latencies in milliseconds."""

    requests: int
    cpu: float
    rate: float
    p50: float
    p99: float

    @classmethod
    def median(cls, costs: list["Cost"]) -> "Cost":
        """Return the median of each figure."""
        return cls(*(median(values) for values in zip(*(vars(cost).values() for cost in costs), strict=True)))


def pin() -> None:
    """Give this process, and the servers that it starts from now on, their core."""
    if PINNED:
        os.sched_setaffinity(0, {SERVER_CORE})


def processes(pid: int) -> list[int]:
    """Return a process and all that descend from it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in children for found in processes(int(child)))]


def cost(pid: int, url: str, headers: Mapping[str, str], seconds: int = 1, connections: int = 16) -> Cost:
    """Return what the requests that wrk sends cost the server whose first process is `pid`."""
    wrk = [require("wrk"), "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    wrk += [option for name, value in headers.items() for option in ("-H", f"{name}: {value}")]
    if PINNED:
        wrk = ["taskset", "--cpu-list", str(CLIENT_CORE), *wrk]
    server = processes(pid)
    before = cpu_seconds(*server)
    report = subprocess.run([*wrk, url], capture_output=True, text=True, check=True).stdout
    used = cpu_seconds(*server) - before
    assert "Non-2xx" not in report, f"{url}: {report}"
    requests = int(_found(r"([0-9]+) requests in", report)[1])
    p50, p99 = (
        float(match[1]) * UNITS[match[2]] for match in (_found(rf"{n}%\s+([0-9.]+)(\w+)", report) for n in (50, 99))
    )
    return Cost(requests, used / requests * 1e6, float(_found(r"Requests/sec:\s+([0-9.]+)", report)[1]), p50, p99)


def print_bar(name: str, value: float, most: float) -> None:
    """Print whether a value is at most what it should be."""
    print(f"{'holds' if value <= most else 'FAILS'}: {name}: {value:.3f} (at most {most:.3f})")


def _found(pattern: str, report: str) -> re.Match[str]:
    match = re.search(pattern, report)
    assert match, report
    return match
