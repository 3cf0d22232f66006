"""How soon gunicorn answers after its start, and how much memory a worker has for itself."""

import argparse
import statistics
import subprocess
import sys
import time

from tests.processes import cpu_seconds, memory_megabytes
from tests.servers import ROOT, Gunicorn, get

MOST_SECONDS = 1.0
MOST_MEGABYTES = 45.0
REQUESTS = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="starts of which the median is told (default: 5)")
    parser.add_argument("--imports", action="store_true", help="also tell which modules take longest to import")
    options = parser.parse_args()

    seconds, cpu, unique, shared = [], [], [], []
    for _ in range(options.runs):
        begin = time.monotonic()
        with Gunicorn(WEB_CONCURRENCY="2") as server:
            seconds.append(time.monotonic() - begin)
            cpu.append(cpu_seconds(server.process.pid, *server.workers()))
            for _ in range(REQUESTS):
                for path in ("", "homersimpson", "covilha", "metrics"):
                    get(f"{server.url}/{path}")
            memory = [memory_megabytes(pid) for pid in server.workers()]
            unique.append(max(own for own, _ in memory))
            shared.append(max(share for _, share in memory))
    print(f"first answer after {statistics.median(seconds):.2f} s (bar: {MOST_SECONDS} s; runs: {_listed(seconds)} s)")
    print(
        f"of which CPU time {statistics.median(cpu):.2f} s: the least it can take on a machine that does nothing else"
    )
    print(
        f"a worker's unique memory {statistics.median(unique):.1f} MB (bar: {MOST_MEGABYTES} MB), its PSS "
        f"{statistics.median(shared):.1f} MB, after {REQUESTS * 4} requests"
    )
    if options.imports:
        _print_imports(server)


def _listed(values: list[float]) -> str:
    return " ".join(f"{value:.2f}" for value in values)


def _print_imports(server: Gunicorn) -> None:
    """Print the ten modules that take longest by themselves, in microseconds."""
    command = [sys.executable, "-X", "importtime", "-c", "import gunicorn.app.wsgiapp, homercovilha.wsgi"]
    report = subprocess.run(command, cwd=ROOT, env=server.environ, stderr=subprocess.PIPE, text=True, check=True).stderr
    lines = [line.removeprefix("import time:").split("|") for line in report.splitlines() if "| " in line][1:]
    for own, _, name in sorted(lines, key=lambda line: -int(line[0]))[:10]:
        print(f"{int(own):8} µs {name.strip()}")


if __name__ == "__main__":
    main()
