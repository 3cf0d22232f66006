"""One of the usual ways: an endpoint that adds up what the replicas that answer say."""

import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

from tests.support.load import PAGES
from tests.support.metrics import scrape, totals


class SummedEndpoint:
    """Serves the sums over the replicas' own pages, whose URLs `urls` gives at each scrape; a context manager."""

    def __init__(self, urls: Callable[[], list[str]]) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                sums = dict.fromkeys(PAGES, 0.0)
                for url in urls():
                    try:
                        counts = totals(scrape(f"{url}/metrics"))
                    except OSError:
                        continue
                    for page in PAGES:
                        sums[page] += counts[page]
                body = "".join(f"{page}_requests_total {count}\n" for page, count in sums.items()).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                with suppress(BrokenPipeError):
                    # Prometheus waits a second; this way has to ask one replica after the other.
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
