"""A site of fifty replicas that a test can make fail, as one target of a Prometheus."""

import threading
import time

from tests.support.text_server import TextServer

RATE = 40
PODS = tuple(f"live-{number:02}" for number in range(50))
BOUNDS = ("0.005", "0.05", "+Inf")


class Target(TextServer):
    """Counts RATE requests per second to each page of each replica; of them the share `failing` are answered 500."""

    def __init__(self) -> None:
        super().__init__(self.metrics, "application/openmetrics-text; version=1.0.0; charset=utf-8")
        self.failing = 0.0
        self._counts = {"200": 0.0, "500": 0.0}
        self._counted = time.monotonic()
        self._lock = threading.Lock()

    def metrics(self) -> str:
        """Return what was counted up to now, as OpenMetrics."""
        with self._lock:
            now = time.monotonic()
            for status, share in (("200", 1 - self.failing), ("500", self.failing)):
                self._counts[status] += share * RATE * (now - self._counted)
            self._counted = now
            counts = {status: int(count) for status, count in self._counts.items()}
        lines = [f"homercovilha_peers {len(PODS)}", *(f'homercovilha_peer_up{{peer="{pod}"}} 1' for pod in PODS)]
        for pod in PODS:
            lines.append(f'homercovilha_build_info{{pod="{pod}",version="1.4.0",revision="9f3d27b"}} 1')
            for page in ("homersimpson", "covilha"):
                lines.append(f'{page}_requests_total{{pod="{pod}"}} {sum(counts.values())}')
                labels = f'pod="{pod}",view="{page}",method="GET"'
                lines += (
                    f'django_http_responses_total_by_status_view_method_total{{{labels},status="{status}"}} {count}'
                    for status, count in counts.items()
                )
                lines += (
                    f'django_http_requests_latency_seconds_by_view_method_bucket{{{labels},le="{bound}"}} '
                    f"{sum(counts.values())}"
                    for bound in BOUNDS
                )
        return "\n".join([*lines, "# EOF\n"])
