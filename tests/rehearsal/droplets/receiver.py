"""What an operator has elsewhere: a receiver of notifications, and a system that takes remote_write."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PASSWORD = "a password for remote_write"


class Receiver(ThreadingHTTPServer):
    """Remembers each POST as (path, what it brought)."""

    came: list[tuple[str, bytes]]

    @property
    def url(self) -> str:
        return f"http://{self.server_name}:{self.server_port}"

    @property
    def variables(self) -> dict[str, Any]:
        """The variables with which a site sends everything here."""
        basic_auth = {"username": "homercovilha", "password_file": "/etc/prometheus/elsewhere"}
        return {
            "alertmanager_receiver": {"webhook_configs": [{"url": f"{self.url}/alerts"}]},
            "alertmanager_watchdog_url": f"{self.url}/watchdog",
            "prometheus_external_labels": {"site": "rehearsal"},
            "prometheus_web_external_url": "http://prometheus.example/",
            "prometheus_remote_write": [{"url": f"{self.url}/write", "basic_auth": basic_auth}],
            "prometheus_scrape_configs": [{"job_name": "own", "static_configs": [{"targets": ["127.0.0.1:9093"]}]}],
            "prometheus_secret_files": {"elsewhere": PASSWORD},
        }

    def wait_for(self, path: str, word: str, seconds: float) -> bytes:
        """Return what came first to the path and contains the word."""
        deadline = time.monotonic() + seconds
        while not (found := [body for at, body in self.came if at == path and word.encode() in body]):
            assert time.monotonic() < deadline, f"no {word} at {path}, but {self.came}"
            time.sleep(0.2)
        return found[0]


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((self.path, body if self.path != "/write" else self.headers["Authorization"].encode()))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serve(address: str) -> Iterator[Receiver]:
    """Serve on `address` of the network that the calling thread is in."""
    with Receiver((address, 0), _Handler) as server:
        server.came = []
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
