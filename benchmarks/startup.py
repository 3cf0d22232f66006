"""How soon gunicorn answers after its start."""

import argparse
import statistics
import subprocess
import sys
import time

from tests.support.processes import cpu_seconds
from tests.support.servers import ROOT, Gunicorn

MOST_SECONDS = 1.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5, help="number of starts; the median is printed (default: 5)")
    parser.add_argument("--imports", action="store_true", help="also print which modules take longest to import")
    options = parser.parse_args()

    seconds, cpu = [], []
    for _ in range(options.runs):
        begin = time.monotonic()
        with Gunicorn(WEB_CONCURRENCY="2") as server:
            seconds.append(time.monotonic() - begin)
            cpu.append(cpu_seconds(server.process.pid, *server.workers()))
    print(f"first answer after {statistics.median(seconds):.2f} s (bar: {MOST_SECONDS} s; runs: {_listed(seconds)} s)")
    print(
        f"of which CPU time {statistics.median(cpu):.2f} s: the least it can take on a machine that does nothing else"
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
