"""A week of ten replicas' metrics, as blocks of a Prometheus."""

import math
import subprocess
from collections.abc import Iterator
from pathlib import Path

from dashboard.queries import PAGES, RESPONSES, counter
from tests.programs import require

PODS, DAYS, INTERVAL = 10, 7, 120
# promtool reads the whole file again for each block of two hours, so a file holds no more than a few of them.
FILE_SECONDS = 6 * 3_600

# As many as the site has.
BOUNDS = [*(str(2.0**power / 1_000) for power in range(13)), "+Inf"]
LATENCY = "django_http_requests_latency_seconds_by_view_method"


def make_blocks(folder: Path, now: float) -> int:
    """Write the week before `now` into the data folder of a Prometheus; return the number of samples."""
    start = (int(now) - DAYS * 86_400) // 7_200 * 7_200
    folder.mkdir(parents=True)
    samples = 0
    for begin in range(start, int(now), FILE_SECONDS):
        times = range(begin, min(begin + FILE_SECONDS, int(now)), INTERVAL)
        file = folder.parent / "openmetrics"
        lines = [*_lines(times, start), "# EOF\n"]
        file.write_text("".join(lines))
        samples += len(lines)
        command = [require("promtool"), "tsdb", "create-blocks-from", "openmetrics", "--quiet", str(file), str(folder)]
        subprocess.run(command, check=True, capture_output=True)
    return samples


def requests(pod: int, time: int, start: int) -> int:
    """Return the requests to each page that a pod has counted: 2 to 8 a second, by the time of day."""
    seconds = time - start
    wave = 3 * 43_200 / math.pi * (1 - math.cos(math.pi * seconds / 43_200))
    return int((1 + pod / PODS) * (5 * seconds + wave) / 2)


def _lines(times: range, start: int) -> Iterator[str]:
    for page in PAGES:
        yield f"# TYPE {counter(page).removesuffix('_total')} counter\n"
        yield from _series(counter(page), "", times, start, 1)
    yield f"# TYPE {RESPONSES.removesuffix('_total')} counter\n"
    for status, share in (("200", 1.0), ("500", 0.001)):
        for page in PAGES:
            labels = f',method="GET",status="{status}",view="{page}"'
            yield from _series(RESPONSES, labels, times, start, share)
    yield f"# TYPE {LATENCY} histogram\n"
    for page in PAGES:
        for rank, bound in enumerate(BOUNDS, start=1):
            labels = f',le="{bound}",method="GET",view="{page}"'
            yield from _series(f"{LATENCY}_bucket", labels, times, start, 1 - 0.3**rank if bound != "+Inf" else 1)
    yield "# TYPE homercovilha_peer_up gauge\n"
    for pod in range(PODS):
        yield from (f'homercovilha_peer_up{{peer="10.0.0.{pod}:8001"}} 1 {time}\n' for time in times)
    yield "# TYPE homercovilha_peers gauge\n"
    yield from (f"homercovilha_peers {PODS} {time}\n" for time in times)


def _series(name: str, labels: str, times: range, start: int, share: float) -> Iterator[str]:
    for pod in range(PODS):
        for time in times:
            yield f'{name}{{pod="homercovilha-{pod}"{labels}}} {int(share * requests(pod, time, start))} {time}\n'
