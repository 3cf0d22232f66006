"""Requests a second of /covilha for each number of workers and threads, by wrk on loopback.

The CPU time of a request says the same on a machine that others use too: requests/s then say little.
"""

import argparse
import os
import re
import subprocess
from itertools import product

from tests.processes import cpu_seconds
from tests.programs import require
from tests.servers import Gunicorn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=3, help="how long each is measured (default: 3)")
    parser.add_argument("--connections", type=int, default=16, help="connections of wrk (default: 16)")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 3, 4])
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--path", default="/covilha")
    options = parser.parse_args()

    print(f"{os.cpu_count()} cores, {options.connections} connections, {options.path}:")
    print("requests/s (99th percentile), CPU time of a request")
    for workers, threads in product(options.workers, options.threads):
        with Gunicorn(WEB_CONCURRENCY=str(workers), WEB_THREADS=str(threads)) as server:
            command = [require("wrk"), "-t1", f"-c{options.connections}", f"-d{options.seconds}s", "--latency"]
            before = cpu_seconds(*server.workers())
            report = subprocess.run([*command, server.url + options.path], capture_output=True, text=True, check=True)
            used = cpu_seconds(*server.workers()) - before
        requests = int(_found(r"([0-9]+) requests in", report.stdout))
        rate = _found(r"Requests/sec:\s+([0-9.]+)", report.stdout)
        slowest = _found(r"99%\s+(\S+)", report.stdout)
        print(
            f"{workers} workers x {threads} threads: {rate:>8} ({slowest}) {used / requests * 1000:.2f} ms", flush=True
        )


def _found(pattern: str, report: str) -> str:
    match = re.search(pattern, report)
    assert match, report
    return match[1]


if __name__ == "__main__":
    main()
