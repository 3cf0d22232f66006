"""Three replicas behind one port, faults, a Prometheus that scrapes through that port: what does it report?

Nothing here depends on how fast the machine is: each step waits for what it needs, as Prometheus' samples show it.
"""

import math
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from dashboard.queries import PAGES, counter
from tests.e2e.faults import kill_workers, replace, vanish, wait_until_scraped
from tests.e2e.summed_endpoint import SummedEndpoint
from tests.support.exact_totals import exact_total
from tests.support.haproxy import HAProxy
from tests.support.load import Load
from tests.support.prometheus import Prometheus
from tests.support.replicas import Replicas

FIRST = ["127.0.0.2", "127.0.0.3", "127.0.0.4"]
VANISHES, LOSES_WORKERS = FIRST[0], FIRST[1]
REPLACEMENT = "127.0.0.5"
# The rolling update: each replica and the one that takes its place.
UPDATE = {"127.0.0.3": "127.0.0.6", "127.0.0.4": "127.0.0.7", "127.0.0.5": "127.0.0.8"}
# So many that what the usual ways lose when the first replica goes is more than what comes in between two scrapes.
SCRAPES_BEFORE_FAULTS = 8
# What a visitor waits before each request, in seconds: nothing is shown by more of them.
PAUSE = 0.01

INCREASES = {"sum(increase())": "site", "usual: one target": "one-target", "usual: summed endpoint": "summed"}


@dataclass(frozen=True)
class LastScrape:
    """What Prometheus saw of a replica that vanished, beside what the replica answered and counted."""

    seconds_before_the_end: float
    # Scrapes between the last one that has the replica and its end that should have it too.
    later: list[float]
    scraped: Counter[str]
    answered_before: Counter[str]
    answered_since: Counter[str]


@dataclass(frozen=True)
class Proof:
    """What a run saw. Counts are by page, or by replica and then by page."""

    answered: Counter[str]
    failed: Counter[str]
    reported: dict[str, dict[str, float]]
    # The most that increase() may extrapolate, by the number of samples of each replica.
    extrapolated: dict[str, float]
    resets: float
    second_half: Load
    second_half_reported: dict[str, float]
    counted: dict[str, Counter[str]]
    last_scraped: dict[str, Counter[str]]
    vanished: LastScrape
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
            f"One replica vanished {self.vanished.seconds_before_the_end:.2f} s after its last scrape, with "
            f"{self.vanished.answered_since.total()} answers; the exact totals miss "
            f"{sum((self.counted[VANISHES] - self.last_scraped[VANISHES]).values())} of its counts."
        )
        return "\n".join(lines)


def run(folder: Path) -> Proof:
    """Run the scenario, with files in `folder`."""
    with (
        Replicas(folder / "replicas") as replicas,
        HAProxy(
            folder / "haproxy", [*FIRST, REPLACEMENT, *UPDATE.values()], replicas.port, replicas.internal_port
        ) as proxy,
        SummedEndpoint(lambda: [server.internal_url for server in list(replicas.servers.values())]) as summed,
        Prometheus(folder / "prometheus", _scrape_configs(proxy, summed)) as prometheus,
    ):
        for host in FIRST:
            replicas.start(host)
            proxy.wait_until_up(host)
        prometheus.wait_for('up{job="site"} == 1')

        with Load("127.0.0.1", proxy.port, threads=4, pause=PAUSE) as first:
            seen = prometheus.value('count_over_time(up{job="site"}[1h])')
            prometheus.wait_for(f'count_over_time(up{{job="site"}}[1h]) > {seen + SCRAPES_BEFORE_FAULTS}')
            vanished_at = vanish(replicas, proxy, VANISHES, REPLACEMENT)
            kill_workers(replicas.servers[LOSES_WORKERS])
        for host in UPDATE:
            wait_until_scraped(prometheus, host)
        half = time.time()
        with Load("127.0.0.1", proxy.port, threads=4, pause=PAUSE) as second:
            second.wait_for(lambda: second.total() > 1000)
            for old, new in UPDATE.items():
                replace(replicas, proxy, prometheus, old, new)
            rolling_update_failures = second.failed.total()
            kill_workers(replicas.servers[new])
        for host in UPDATE.values():
            wait_until_scraped(prometheus, host)

        # The moment of a scrape: increase() then has nothing to extrapolate for the replicas that are there.
        now = max(_samples(prometheus, 'up{job="site"}'))
        sites = {page: f'{counter(page)}{{job="site"}}' for page in PAGES}
        since_half = f"{math.ceil(now - half)}s"
        return Proof(
            answered=first.answered + second.answered,
            failed=first.failed + second.failed,
            reported={"exact total": {page: prometheus.value(exact_total(sites[page], "1h"), now) for page in PAGES}}
            | {
                way: {
                    page: prometheus.value(f'sum(increase({counter(page)}{{job="{job}"}}[1h]))', now) for page in PAGES
                }
                for way, job in INCREASES.items()
            },
            extrapolated={
                page: prometheus.value(
                    f"sum(last_over_time({site}[1h]) * 1.1 / (count_over_time({site}[1h]) - 1))", now
                )
                for page, site in sites.items()
            },
            resets=sum(prometheus.value(f"sum(resets({site}[1h]))", now) for site in sites.values()),
            second_half=second,
            second_half_reported={
                page: prometheus.value(exact_total(site, since_half, f"@ {half:.3f}"), now)
                for page, site in sites.items()
            },
            counted={host: replicas.counted(host) for host in replicas.servers},
            last_scraped={host: _last_scraped(prometheus, host)[1] for host in replicas.servers},
            vanished=_last_scrape(prometheus, replicas, first, vanished_at),
            rolling_update_failures=rolling_update_failures,
        )


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


def _samples(prometheus: Prometheus, series: str) -> dict[float, float]:
    """Return all values of one series by their time."""
    return {at: float(value) for one in prometheus.query(f"{series}[1h]") for at, value in one["values"]}


def _last_scraped(prometheus: Prometheus, host: str) -> tuple[float, Counter[str]]:
    """Return when Prometheus scraped the replica last, and what it got then, by page."""
    samples = {page: _samples(prometheus, f'{counter(page)}{{job="site",pod="pod-{host}"}}') for page in PAGES}
    at = max(samples[PAGES[0]])
    return at, Counter({page: int(samples[page][at]) for page in PAGES})


def _last_scrape(prometheus: Prometheus, replicas: Replicas, load: Load, vanished_at: float) -> LastScrape:
    at, scraped = _last_scraped(prometheus, VANISHES)
    is_up = _samples(prometheus, 'up{job="site"}')
    duration = _samples(prometheus, 'scrape_duration_seconds{job="site"}')
    # 0 where a scrape gave the replica up, as it may on a machine that is busy.
    peer_up = _samples(prometheus, f'homercovilha_peer_up{{job="site",peer="{VANISHES}:{replicas.internal_port}"}}')
    return LastScrape(
        seconds_before_the_end=vanished_at - at,
        later=[
            scrape
            for scrape in is_up
            if scrape > at and scrape + duration[scrape] < vanished_at and is_up[scrape] and peer_up.get(scrape, 1)
        ],
        scraped=scraped,
        answered_before=Counter(page for when, page, host in load.log if host == VANISHES and when < at),
        answered_since=Counter(page for when, page, host in load.log if host == VANISHES and when >= at),
    )
