"""What dead workers cost a scrape where files are named by PID, as prometheus_client's multiprocess mode does.

python -m benchmarks.dead_workers prints a table for docs/design.md. A dead worker's files are copies of a real
worker's. With slots the number of files does not grow, so the first row is the cost whatever the number of deaths.
"""

import shutil
import tempfile
import time
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from benchmarks.gathering import count

DEAD = (0, 1, 10, 100, 1000)
RUNS = 5


def seconds(directory: Path) -> float:
    """Return the CPU time of one exposition: the lowest of some, since other work only adds to it."""
    registry = CollectorRegistry()
    MultiProcessCollector(registry, path=str(directory))
    runs = []
    for _ in range(RUNS):
        before = time.process_time()
        generate_latest(registry)
        runs.append(time.process_time() - before)
    return min(runs)


def main() -> None:
    """Print one row for each number of dead workers."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        count(directory)
        live = list(directory.glob("*_0.db"))
        print("| dead workers | files | CPU |\n| ---: | ---: | ---: |")
        copied = 0
        for dead in DEAD:
            for pid in range(copied, dead):
                for file in live:
                    shutil.copy(file, directory / file.name.replace("_0.db", f"_{100_000 + pid}.db"))
            copied = dead
            files = len(list(directory.glob("*.db")))
            print(f"| {dead:,} | {files:,} | {seconds(directory) * 1000:,.0f} ms |")


if __name__ == "__main__":
    main()
