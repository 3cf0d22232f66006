"""How soon the dashboard's data are there, and how large they are, for the week of twenty replicas and 90 days.

python -m benchmarks.dashboard prints a row for each range, and fails if one is slower or larger than it may be.
It makes a Prometheus with 7.2 days of all series, scraped every 2 minutes and in the last 2 hours every 15 seconds,
and before them a week of the pages' counters alone: 5 million samples, which takes a minute of CPU. Other work on the
machine makes the answers slower; the CPU time is that of this process and of Prometheus together.
"""

import gc
import json
import os
import statistics
import tempfile
import time
from pathlib import Path
from unittest.mock import patch

import django
from django.test import override_settings

from tests.e2e.dashboard.week import Week
from tests.support.prometheus import Prometheus

PODS, RUNS = 20, 9
MOST_SECONDS = {"7d": 0.7, "90d": 2.0}
MOST_BYTES = 150_000


def cpu_seconds(prometheus: Prometheus) -> float:
    """Return how long this process and Prometheus have computed, on all cores together."""
    fields = Path(f"/proc/{prometheus.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + time.process_time()


def measure(prometheus: Prometheus, name: str, now: float) -> tuple[list[float], list[float], int]:
    """Return the times that some answers took, and their CPU times, in rising order; and the bytes of one."""
    from dashboard.document import document
    from dashboard.ranges import find_span
    from dashboard.reading import read_range

    # As the server does before it forks (gunicorn.conf.py): what is imported is not searched for garbage again.
    gc.collect()
    gc.freeze()
    wall, cpu = [], []
    for _ in range(RUNS):
        began, computed = time.perf_counter(), cpu_seconds(prometheus)
        span = find_span({"range": name}, now)
        data = document(read_range(span, now), span, now, None)
        answer = json.dumps(data)
        wall.append(time.perf_counter() - began)
        cpu.append(cpu_seconds(prometheus) - computed)
        assert data["problems"] == [], data["problems"]
    return sorted(wall), sorted(cpu), len(answer)


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homercovilha.settings.development")
    django.setup()
    now, missed = int(time.time()), []
    with tempfile.TemporaryDirectory(prefix="homercovilha-week-") as folder:
        samples = Week(now, pods=PODS).make_blocks(Path(folder, "prometheus/data"))
        print(f"{PODS} replicas, {samples:,} samples, {RUNS} runs each; load {os.getloadavg()[0]:.1f}\n")
        print("| Range | Fastest | Median | CPU time, least | CPU time, median | Bytes |\n" + "|---" * 6 + "|")
        with (
            Prometheus(Path(folder, "prometheus"), []) as prometheus,
            override_settings(PROMETHEUS_URL=prometheus.url),
            # A busy machine gets a figure too.
            patch("dashboard.sources.prometheus.DEADLINE", 60),
        ):
            for name, most in MOST_SECONDS.items():
                wall, cpu, size = measure(prometheus, name, float(now))
                columns = (wall[0], statistics.median(wall), cpu[0], statistics.median(cpu))
                print(f"| {name} | " + " | ".join(f"{1_000 * one:.0f} ms" for one in columns) + f" | {size:,} |")
                if wall[0] > most or size > MOST_BYTES:
                    missed.append(f"{name} may take {most} s and {MOST_BYTES:,} bytes.")
    if missed:
        raise SystemExit("\n".join(missed))


if __name__ == "__main__":
    main()
