"""Whether a replica that has served for long costs more: `make bench-age`.

One worker gets many requests and scrapes. In the second and in the last tenth, each second of load is followed by one
for a replica that has just started: how much more the old one costs shows its age, whatever else the machine does.
"""

import argparse
from contextlib import ExitStack

from benchmarks import measure
from benchmarks.servers import collect_static_files
from tests.support.metrics import scrape
from tests.support.processes import memory_megabytes
from tests.support.servers import Gunicorn

PAGES = ("/covilha", "/homersimpson")
MOST_GROWTH = 1.03


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=1_000_000, help="requests in all (default: 1,000,000)")
    parser.add_argument("--scrapes", type=int, default=500, help="scrapes in all (default: 500)")
    options = parser.parse_args()

    measure.pin()
    collect_static_files()
    ratios, memory = {}, {}
    with Gunicorn(WEB_CONCURRENCY="1") as old:
        for tenth in range(1, 11):
            compared = tenth in (2, 10)
            cpu, ratio = load(old, options.requests // 10, options.scrapes // 10, compared)
            memory[tenth] = memory_megabytes(old.workers()[0])[0]
            ratios[tenth] = ratio
            beside = f", {ratio:.3f} times a new replica's" if compared else ""
            print(f"tenth {tenth:2}: {cpu:.0f} µs of CPU a request{beside}, {memory[tenth]:.1f} MB", flush=True)
    failed = False
    for name, growth in (("CPU", ratios[10] / ratios[2]), ("memory", memory[10] / memory[2])):
        failed |= growth > MOST_GROWTH
        measure.print_bar(f"{name} of the last tenth ÷ the second's", growth, MOST_GROWTH)
    raise SystemExit(failed)


def load(old: Gunicorn, requests: int, scrapes: int, compared: bool) -> tuple[float, float]:
    """Send so many requests and scrapes; return the CPU of a request, in µs, and its ratio to a new replica's."""
    done, due, costs, new_costs = 0, 0, [], []
    with ExitStack() as stack:
        new = stack.enter_context(Gunicorn(WEB_CONCURRENCY="1")) if compared else None
        while done < requests:
            path = PAGES[len(costs) % 2]
            costs.append(measure.cost(old.process.pid, old.url + path, {}))
            if new:
                new_costs.append(measure.cost(new.process.pid, new.url + path, {}))
            done += costs[-1].requests
            while due < min(scrapes, scrapes * done // requests):
                scrape(f"{old.internal_url}/metrics")
                due += 1
    cpu = measure.Cost.median(costs).cpu
    return cpu, cpu / measure.Cost.median(new_costs).cpu if new_costs else 0.0


if __name__ == "__main__":
    main()
