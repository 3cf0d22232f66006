"""Three replicas behind one port, faults, a Prometheus that scrapes through that port: what does it say?"""

import math
import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.summed_endpoint import SummedEndpoint
from tests.haproxy import HAProxy
from tests.load import PAGES, Load
from tests.prometheus import Prometheus
from tests.replicas import Replicas
from tests.servers import Gunicorn

FIRST = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
VANISHES, DRAINED, LOSES_WORKERS = FIRST
LATER = ["127.0.0.5", "127.0.0.6"]
SCRAPE_INTERVAL_SECONDS = 1
# What preStop sleeps: until the next scrape, its time-out, and the second for which an answer may be reused.
DRAIN_SECONDS = SCRAPE_INTERVAL_SECONDS + 1 + 1
WORKER_KILLS = 4
# increase() extrapolates by half a scrape interval at each end of each series: a short run would blame it for that.
TRAFFIC_SECONDS = 15

# The site's total within a range, exactly: see docs/metrics.md.
EXACT = "sum(last_over_time({x}[{r}s]) - (last_over_time({x}[{r}s] offset {r}s) or last_over_time({x}[{r}s]) * 0))"
INCREASE = "sum(increase({x}[{r}s]))"
WAYS = {
    "exact total": (EXACT, "site"),
    "sum(increase())": (INCREASE, "site"),
    "usual: one target": (INCREASE, "one-target"),
    "usual: summed endpoint": (INCREASE, "summed"),
}


@dataclass
class Proof:
    """What a run saw. Counts are by page, or by replica and then by page."""

    answered: Counter[str]
    failed: Counter[str]
    reported: dict[str, dict[str, float]]
    second_half_answered: Counter[str]
    second_half_reported: dict[str, float]
    counted: dict[str, Counter[str]]
    last_scraped: dict[str, Counter[str]]
    # The replica that vanished: how long before its end it was scraped last, and what it answered since then.
    unscraped_seconds: float
    longest_scrape_seconds: float
    unscraped: Counter[str]
    rolling_update_failures: int

    def table(self) -> str:
        """Return the run as a table for people."""
        lines = [f"{'':24}" + "".join(f"{page:>24}" for page in PAGES)]
        lines.append(f"{'answered':24}" + "".join(f"{self.answered[page]:>24,}" for page in PAGES))
        lines.append(f"{'failed':24}" + "".join(f"{self.failed[page]:>24,}" for page in PAGES))
        for way, totals in self.reported.items():
            cells = (f"{totals[page]:,.0f} ({totals[page] / self.answered[page] - 1:+.2%})" for page in PAGES)
            lines.append(f"{way:24}" + "".join(f"{cell:>24}" for cell in cells))
        lines.append(
            f"One replica vanished {self.unscraped_seconds:.2f} s after its last scrape, with "
            f"{self.unscraped.total()} answers; the exact totals miss "
            f"{sum((self.counted[VANISHES] - self.last_scraped[VANISHES]).values())} of its counts."
        )
        return "\n".join(lines)


def run(folder: Path) -> Proof:
    """Run the scenario, about a minute, with files in `folder`."""
    with (
        Replicas(folder / "replicas") as replicas,
        HAProxy(folder / "haproxy", FIRST + LATER, replicas.port, replicas.internal_port) as proxy,
        SummedEndpoint(lambda: [server.internal_url for server in list(replicas.servers.values())]) as summed,
        Prometheus(folder / "prometheus", _scrape_configs(proxy, summed)) as prometheus,
    ):
        for host in FIRST:
            replicas.start(host)
            proxy.wait_until_up(host)
        prometheus.wait_for('up{job="site"} == 1')
        begin = time.time()

        with Load("127.0.0.1", proxy.port, threads=4) as first:
            first.wait_for(lambda: first.total() > 1000)
            killed_at = _vanish(replicas, proxy)
            for _ in range(WORKER_KILLS):
                _kill_a_worker(replicas.servers[LOSES_WORKERS])
            first.wait_for(lambda: time.time() > begin + TRAFFIC_SECONDS)
        time.sleep(3)
        half = time.time()
        with Load("127.0.0.1", proxy.port, threads=4) as second:
            second.wait_for(lambda: second.total() > 1000)
            failed_before = second.failed.total()
            _rolling_update(replicas, proxy)
            rolling_update_failures = second.failed.total() - failed_before
            for _ in range(WORKER_KILLS):
                _kill_a_worker(replicas.servers[LOSES_WORKERS])
            second.wait_for(lambda: time.time() > half + TRAFFIC_SECONDS)
        # The last counts are scraped, and stay the last.
        time.sleep(3 * SCRAPE_INTERVAL_SECONDS)

        now = time.time()
        reported = {
            way: {page: _ask(prometheus, formula, page, job, now, now - begin + 5) for page in PAGES}
            for way, (formula, job) in WAYS.items()
        }
        second_half = {page: _ask(prometheus, EXACT, page, "site", now, now - half) for page in PAGES}
        last_scrape, _ = _last_scraped(prometheus, VANISHES)
        return Proof(
            answered=first.answered + second.answered,
            failed=first.failed + second.failed,
            reported=reported,
            second_half_answered=second.answered,
            second_half_reported=second_half,
            counted={host: replicas.counted(host) for host in replicas.servers},
            last_scraped={host: _last_scraped(prometheus, host)[1] for host in replicas.servers},
            unscraped_seconds=killed_at - last_scrape,
            longest_scrape_seconds=prometheus.value('max_over_time(scrape_duration_seconds{job="site"}[10m])', now),
            unscraped=Counter(page for at, page, host in first.log if host == VANISHES and at >= last_scrape),
            rolling_update_failures=rolling_update_failures,
        )


def _vanish(replicas: Replicas, proxy: HAProxy) -> float:
    """Let a replica vanish with its node and start another; return when."""
    replicas.servers[VANISHES].kill()
    killed_at = time.time()
    replicas.unlist(VANISHES)
    replicas.start(LATER[0])
    proxy.wait_until_up(LATER[0])
    return killed_at


def _rolling_update(replicas: Replicas, proxy: HAProxy) -> None:
    """Replace a replica as Kubernetes does: the new one first, then drain, preStop's sleep, SIGTERM."""
    replicas.start(LATER[1])
    proxy.wait_until_up(LATER[1])
    proxy.drain(DRAINED)
    time.sleep(DRAIN_SECONDS)
    assert replicas.servers[DRAINED].stop() == 0
    replicas.unlist(DRAINED)


def _kill_a_worker(server: Gunicorn) -> None:
    while len(workers := server.workers()) < 2:
        time.sleep(0.01)
    os.kill(random.choice(workers), signal.SIGKILL)
    time.sleep(0.5)


def _scrape_configs(proxy: HAProxy, summed: SummedEndpoint) -> list[dict[str, object]]:
    port = [{"targets": [f"127.0.0.1:{proxy.port}"]}]
    no_pod = [{"action": "labeldrop", "regex": "pod"}]
    return [
        {"job_name": "site", "static_configs": port},
        {
            "job_name": "one-target",
            "static_configs": port,
            "metrics_path": "/own-metrics",
            "metric_relabel_configs": no_pod,
        },
        {"job_name": "summed", "static_configs": [{"targets": [summed.address]}]},
    ]


def _ask(prometheus: Prometheus, formula: str, page: str, job: str, at: float, seconds: float) -> float:
    series = f'{page}_requests_total{{job="{job}"}}'
    return prometheus.value(formula.format(x=series, r=math.ceil(seconds)), at)


def _last_scraped(prometheus: Prometheus, host: str) -> tuple[float, Counter[str]]:
    """Return when Prometheus scraped the replica last, and what it said then, by page."""
    values = {}
    for page in PAGES:
        (series,) = prometheus.query(f'{page}_requests_total{{job="site",pod="pod-{host}"}}[10m]')
        values[page] = series["values"][-1]
    return float(values[PAGES[0]][0]), Counter({page: int(value[1]) for page, value in values.items()})
