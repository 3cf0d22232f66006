"""A site of two replicas that a test can make fail, as one target of a Prometheus."""

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

RATE = 40
PODS = ("live-0", "live-1")
BOUNDS = ("0.005", "0.05", "+Inf")


class Target:
    """Counts RATE requests per second to each page of each replica; of them the share `failing` are answered 500."""

    def __init__(self) -> None:
        self.failing = 0.0
        self._counts = {"200": 0.0, "500": 0.0}
        self._counted = time.monotonic()
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        target = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = target.metrics().encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/openmetrics-text; version=1.0.0; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

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
