"""`make demo-chaos`: kill and replace the demo's replicas and workers, and compare what was served with Prometheus."""

import math
import os
import random
import signal
import time
from itertools import cycle
from pathlib import Path

from dashboard.queries import PAGES, counter
from demo import state
from tests.e2e.dashboard.week import DAY
from tests.support.exact_totals import exact_total
from tests.support.haproxy import Runtime
from tests.support.prometheus import Queries

NOT_RUNNING = "No demo is running here. Start it in another terminal: make demo"


class Chaos:
    """Faults for a running demo."""

    def __init__(self, demo: state.State) -> None:
        self.demo = demo
        self.proxy = Runtime(Path(self.demo.proxy_folder))
        self.prometheus = Queries(self.demo.prometheus_url)

    def kill_worker(self) -> str:
        """Kill one of a replica's workers; return when gunicorn has started another."""
        host, arbiter = self._choose()
        killed = random.choice(_children(arbiter))
        os.kill(killed, signal.SIGKILL)
        while killed in (workers := _children(arbiter)) or len(workers) < 2:
            time.sleep(0.05)
        return f"killed a worker of {host}"

    def kill_replica(self) -> str:
        """Kill a replica with its workers; return when the demo has restarted it."""
        host, arbiter = self._choose()
        for pid in (arbiter, *_children(arbiter)):
            os.kill(pid, signal.SIGKILL)
        self._wait_for_another(host, arbiter)
        self.proxy.wait_until_up(host)
        return f"killed replica {host}"

    def replace_replica(self) -> str:
        """Replace a replica as in a rolling update: no new visitors, a last scrape, SIGTERM, a new pod."""
        host, arbiter = self._choose()
        self.proxy.drain(host)
        try:
            self.wait_for_scrape()
            os.kill(arbiter, signal.SIGTERM)
            self._wait_for_another(host, arbiter)
        finally:
            self.proxy.undrain(host)
        self.proxy.wait_until_up(host)
        return f"replaced replica {host}"

    def wait_for_visitors(self) -> None:
        """Return when a page has been served."""
        before = self.proxy.served()
        while self.proxy.served() == before:
            time.sleep(0.1)

    def wait_for_scrape(self) -> None:
        """Return when a scrape that began after the call has brought the counts of every replica."""
        fresh = f"(homercovilha_peer_up and timestamp(homercovilha_peer_up) > {time.time():.3f})"
        self.prometheus.wait_for(f"min({fresh}) == 1 and count({fresh}) == {len(self.demo.replicas)}", seconds=120)

    def compare(self) -> tuple[int, int, int]:
        """Return requests since the demo's start: answered ones, failed ones, and Prometheus' exact total.

        It waits for a scrape during which no page was requested.
        """
        while True:
            before = self.proxy.served()
            self.wait_for_scrape()
            window = f"{math.ceil(time.time() - self.demo.since)}s"
            totals = (exact_total(counter(page), window, f"@ {self.demo.since}") for page in PAGES)
            counted = sum(round(self.prometheus.value(total)) for total in totals)
            if self.proxy.served() == before:
                requests, answered = (sum(column) for column in zip(*before.values(), strict=True))
                return answered, requests - answered, counted

    def _choose(self) -> tuple[str, int]:
        return random.choice(list(demo().replicas.items()))

    def _wait_for_another(self, host: str, arbiter: int) -> None:
        while demo().replicas[host] == arbiter:
            time.sleep(0.05)


def demo() -> state.State:
    """Return the running demo; without one, end with a sentence."""
    running = state.running()
    if running is None:
        raise SystemExit(NOT_RUNNING)
    return running


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def main() -> None:
    """Do one fault after the other, and print a row about each, until a signal ends it."""
    chaos = Chaos(demo())
    since = chaos.demo.since
    print(f"Counted is what the dashboard shows at {chaos.demo.dashboard_url}?from={since}&to={since + DAY}\n")
    print(f"{'time':10}{'what happened':32}{'served':>10}{'failed':>10}{'counted':>10}")
    _row(chaos, "since the demo's start")
    for fault in cycle((chaos.kill_worker, chaos.kill_replica, chaos.replace_replica)):
        chaos.wait_for_visitors()
        _row(chaos, fault())


def _row(chaos: Chaos, event: str) -> None:
    served, failed, counted = chaos.compare()
    # A request whose worker was killed may or may not have been counted.
    verdict = "exact" if served <= counted <= served + failed else f"{counted - served:+}"
    print(f"{time.strftime('%H:%M:%S'):10}{event:32}{served:>10,}{failed:>10,}{counted:>10,}  {verdict}", flush=True)


if __name__ == "__main__":
    # What a script starts in its background ignores SIGINT otherwise.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        main()
    except KeyboardInterrupt:
        print()
    except OSError:
        # A part of the demo does not answer: it has ended, or this is a defect.
        demo()
        raise
