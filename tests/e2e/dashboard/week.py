"""A made-up history of the site as blocks of a Prometheus: days of traffic with one deployment and one outage."""

import math
import subprocess
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from tests.support.programs import require

MINUTE, HOUR, DAY = 60, 3_600, 86_400
# Requests per second to each page, on average, at the beginning.
PAGES = {"homersimpson": 2.6, "covilha": 1.4}
BOUNDS = [*(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0), math.inf]
LATENCY = "django_http_requests_latency_seconds_by_view_method"
RESPONSES = "django_http_responses_total_by_status_view_method_total"
EXCEPTIONS = "django_http_exceptions_total_by_type_total"
# The length of a wave in seconds, its height, and when it begins.
WAVES = ((DAY, 0.55, 9 * HOUR), (3 * HOUR, 0.05, 0), (47 * MINUTE, 0.04, 0), (11 * MINUTE, 0.03, 0))
# The mean response time, in seconds; during the outage; and how many times as long the slow replica takes.
MEAN, MEAN_OF_OUTAGE, SLOW = 0.003, 0.040, 5
FAILING = 0.3


@dataclass(frozen=True)
class Pod:
    """A replica that lived from `start` to `end`, in seconds since 1970, and got a share of the traffic."""

    name: str
    revision: tuple[str, str]
    start: float
    end: float
    share: float
    slow: bool = False


@dataclass(frozen=True)
class Week:
    """`days` of samples up to `now`, in the last `detailed_days` of all series, before them of the pages' counters."""

    now: int
    days: float = 15
    detailed_days: float = 7.2
    pods: int = 4
    # Seconds before `now`; None if it did not happen.
    deployed_ago: int | None = 2 * DAY
    outage_ago: tuple[int, int] | None = (DAY + 4 * HOUR, DAY + 4 * HOUR - 25 * MINUTE)
    # So many seconds after `now` there are samples still, so that a test sees a site that lives on.
    ahead: int = 15 * MINUTE
    # Seconds between two scrapes in the last 2 hours.
    interval: int = 15
    # The target that was scraped, and the peers' addresses, by their number.
    instance: str = "203.0.113.10:80"
    peer: str = "10.0.0.{}:8001"

    @cached_property
    def replicas(self) -> list[Pod]:
        """Return all that ever lived."""
        return list(self._replicas())

    @cached_property
    def times(self) -> list[int]:
        """Return when there was a scrape."""
        return list(self._times())

    @property
    def start(self) -> float:
        return self.now - self.days * DAY

    @property
    def outage(self) -> tuple[float, float]:
        """Return when the outage began and ended; it never did if both are the same."""
        return tuple(self.now - ago for ago in self.outage_ago or (0, 0))  # type: ignore[return-value] # Two numbers.

    def counted(self, page: str, begin: float, end: float) -> int:
        """Return the exact number of requests to `page` whose samples lie after `begin` and up to `end`."""
        return sum(
            sum(self._requests(page, pod, self._sampled(end, pod)))
            - sum(self._requests(page, pod, self._sampled(begin, pod)))
            for pod in self.replicas
        )

    def make_blocks(self, folder: Path) -> int:
        """Write the samples into the data folder of a Prometheus; return their number."""
        folder.mkdir(parents=True)
        file = folder.parent / "openmetrics"
        lines = [*self._lines(), "# EOF\n"]
        file.write_text("".join(lines))
        # Blocks as long as Prometheus makes them for 90 days. promtool, whose help does not name the option, reads the
        # whole file again for each block.
        command = ["tsdb", "create-blocks-from", "openmetrics", "--max-block-duration=162h", "--quiet"]
        subprocess.run([require("promtool"), *command, str(file), str(folder)], check=True, capture_output=True)
        return len(lines)

    def _replicas(self) -> Iterator[Pod]:
        deployed = self.now - self.deployed_ago if self.deployed_ago else None
        for number in range(self.pods):
            # The last one to be replaced starts 5 minutes after the first.
            replaced = deployed + number * 5 * MINUTE // max(1, self.pods - 1) if deployed else self.start
            # From four fifths to six fifths of an equal one.
            share = (0.8 + 0.4 * (number + 0.5) / self.pods) / self.pods
            if deployed:
                name, revision = f"homercovilha-6d5f-{number:02}", ("1.3.2", "5c1e0aa")
                yield Pod(name, revision, self.start, replaced + 30, share)
            name, revision = f"homercovilha-7b9c-{number:02}", ("1.4.0", "9f3d27b")
            yield Pod(name, revision, replaced, self.now + self.ahead, share, slow=number == 1)

    def _times(self) -> Iterator[int]:
        """Yield when there was a scrape: more often the later, so that there are few samples for a long history."""
        recent, detailed = self.now - 2 * HOUR, int(self.now - self.detailed_days * DAY)
        yield from range(int(self.start), detailed, 10 * MINUTE)
        yield from range(detailed, recent, 2 * MINUTE)
        yield from range(max(recent, int(self.start)), self.now + self.ahead, self.interval)

    def _sampled(self, time: float, pod: Pod) -> float:
        """Return when the last sample of `pod` up to `time` was made; its start if there is none."""
        end = bisect_right(self.times, time) if time < pod.end else bisect_left(self.times, pod.end)
        return max(self.times[end - 1], pod.start) if end else pod.start

    def _requests(self, page: str, pod: Pod, time: float) -> tuple[int, int]:
        """Return what `pod` has counted up to `time`: requests outside the outage, and in it."""
        begin, end = self.outage

        def between(first: float, last: float) -> float:
            first, last = max(first, pod.start), min(last, time)
            traffic = self._traffic(last) - self._traffic(first)
            return traffic * PAGES[page] * pod.share if first < last else 0

        during = between(begin, end)
        return int(between(pod.start, time) - during), int(during)

    def _traffic(self, time: float) -> float:
        """Return the integral of the traffic over time: it grows by an eighth a week, in waves and ripples."""
        moving = sum(
            share * length / math.tau * (1 - math.cos(math.tau * (time - shift) / length))
            for length, share, shift in WAVES
        )
        return time + moving + (time - self.start) ** 2 / (16 * 7 * DAY)

    def _lines(self) -> Iterator[str]:
        series = {pod: list(_series(pod)) for pod in self.replicas}
        for pod in self.replicas:
            for page in PAGES:
                yield f'{page}_requests_total{{pod="{pod.name}"}} 0 {pod.start}\n'
        for time in self.times:
            detailed = time >= self.now - self.detailed_days * DAY
            alive = [pod for pod in self.replicas if pod.start < time < pod.end]
            target = f'job="homercovilha",instance="{self.instance}"'
            yield f"up{{{target}}} 1 {time}\n"
            yield f"scrape_duration_seconds{{{target}}} 0.02 {time}\n"
            yield f"homercovilha_peers{{{target}}} {len(alive)} {time}\n"
            for pod in alive:
                version, revision = pod.revision
                peer = self.peer.format(self.replicas.index(pod))
                yield f'homercovilha_peer_up{{peer="{peer}",{target}}} 1 {time}\n'
                labels = f'pod="{pod.name}",version="{version}",revision="{revision}"'
                yield f"homercovilha_build_info{{{labels}}} 1 {time}\n"
                counts = {page: self._requests(page, pod, time) for page in PAGES}
                for name, page, share, share_of_outage in series[pod] if detailed else series[pod][: len(PAGES)]:
                    usual, failing = counts[page]
                    yield f"{name} {int(usual * share + failing * share_of_outage)} {time}\n"


def _series(pod: Pod) -> Iterator[tuple[str, str, float, float]]:
    """Yield each counter's name, the page whose requests it counts, and its shares outside and in the outage."""
    for page in PAGES:
        yield f'{page}_requests_total{{pod="{pod.name}"}}', page, 1, 1
    for page in PAGES:
        labels = f'method="GET",pod="{pod.name}",view="{page}"'
        for status, usual, failing in (("200", 0.9995, 1 - FAILING), ("500", 0.0005, FAILING)):
            yield f'{RESPONSES}{{status="{status}",{labels}}}', page, usual, failing
        for bound in BOUNDS:
            mean = MEAN * SLOW if pod.slow else MEAN
            usual, failing = (1 - math.exp(-bound / scale) for scale in (mean, MEAN_OF_OUTAGE))
            yield f'{LATENCY}_bucket{{le="{"+Inf" if bound == math.inf else bound}",{labels}}}', page, usual, failing
        yield f"{LATENCY}_count{{{labels}}}", page, 1, 1
        yield (
            f'{EXCEPTIONS}{{pod="{pod.name}",type="{"OSError" if page == "covilha" else "KeyError"}"}}',
            page,
            0.0005,
            FAILING,
        )
    elsewhere = f'pod="{pod.name}",view="<unnamed view>"'
    yield f'{RESPONSES}{{status="404",method="GET",{elsewhere}}}', "covilha", 0.02, 0.02
    yield f'{RESPONSES}{{status="405",method="POST",{elsewhere}}}', "covilha", 0.01, 0.01
    yield f'{RESPONSES}{{status="200",method="GET",pod="{pod.name}",view="metrics"}}', "covilha", 0.01, 0.01
