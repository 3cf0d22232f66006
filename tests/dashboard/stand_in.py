"""A stand-in for Prometheus: a real HTTP server that answers whatever a test wants, also nonsense."""

import json
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass
class Reply:
    """What to answer; `pause` seconds come before the head and before each further byte of the body."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    pause: float = 0


NO_RULES = Reply(b'{"status": "success", "data": {"groups": []}}')
Answering = Callable[[str, dict[str, str]], Reply]


def matrix(values: dict[float, str], more: Iterable[dict[str, str]] = (), **labels: str) -> Reply:
    """Return the API's answer to a range query: values by time, for these labels and for those of `more`."""
    points = [[time, value] for time, value in values.items()]
    return _success([{"metric": metric, "values": points} for metric in (labels, *more)])


def everything(value: str) -> Answering:
    """Answer every query with this value, at every time."""

    def answer(path: str, parameters: dict[str, str]) -> Reply:
        if path.endswith("rules"):
            return NO_RULES
        labels = {"pod": "a", "page": "covilha", "le": "+Inf", "view": "covilha", "status": "200", "method": "GET"}
        start, end, step = (float(parameters[name]) for name in ("start", "end", "step"))
        values = {round(start + step * n, 3): value for n in range(int((end - start) / step) + 1)}
        if "_bucket" in parameters["query"]:
            return matrix(values, pod="a", le="1.5", more=[{"pod": "a", "le": "+Inf"}])
        return matrix(values, (), **labels)

    return answer


def nothing(path: str, _parameters: dict[str, str]) -> Reply:
    """Answer every query as a Prometheus that has no such series."""
    return NO_RULES if path.endswith("rules") else _success([])


def always(reply: Reply) -> Answering:
    """Give the same reply to whatever is asked."""
    return lambda _path, _parameters: reply


@contextmanager
def stand_in(answering: Answering) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Serve on a loopback port; yield the URL, and the headers of each request that came."""
    requests: list[dict[str, str]] = []
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requests.append(dict(self.headers))
            url = urlsplit(self.path)
            reply = answering(url.path, dict(parse_qsl(url.query)))
            self._wait(reply.pause)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.end_headers()
            for byte in reply.body if reply.pause else ():
                self._wait(reply.pause)
                self.wfile.write(bytes([byte]))
            if not reply.pause:
                self.wfile.write(reply.body)

        def _wait(self, seconds: float) -> None:
            if seconds and ended.wait(seconds):
                raise ConnectionAbortedError

        def log_message(self, *_: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        daemon_threads = False

        def handle_error(self, *_: Any) -> None: ...

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", requests
        finally:
            ended.set()
            server.shutdown()
            thread.join()


def _success(result: list[dict[str, Any]]) -> Reply:
    return Reply(json.dumps({"status": "success", "data": {"result": result}}).encode())
