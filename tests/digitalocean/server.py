"""A stand-in of DigitalOcean's API on loopback: stateful, paged, and failing on command."""

import json
import re
import secrets
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import tests.digitalocean.droplets  # noqa: F401  (registers its calls)
from tests.digitalocean.account import Account, RefusedError
from tests.digitalocean.catalogue import Json
from tests.digitalocean.conformance import complaints
from tests.digitalocean.operations import OPERATIONS

PAGE = 3
IDS = {
    401: "Unauthorized",
    403: "forbidden",
    404: "not_found",
    409: "conflict",
    422: "unprocessable_entity",
    429: "too_many_requests",
}


@dataclass
class Fault:
    """How the next matching call fails: `status`, or 0 for no answer before the caller's patience ends."""

    method: str
    path: str
    status: int
    message: str = "It failed on command."
    retry_after: int | None = None
    carried_out: bool = False
    times: int = 1


@dataclass
class StandIn:
    """The API and its account; use it as a context manager, which ends when the server has."""

    account: Account = field(default_factory=Account)
    token: str = field(default_factory=lambda: "dop_v1_" + secrets.token_hex(32))
    faults: list[Fault] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    not_before: dict[str, float] = field(default_factory=dict)
    silence: float = 3.0
    host: str = "127.0.0.1"

    def __enter__(self) -> Self:
        """Serve on a free port of the host."""
        self._lock = Lock()
        self._server = ThreadingHTTPServer((self.host, 0), type("Handler", (_Handler,), {"api": self}))
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        """Stop serving."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def settle(self) -> None:
        """Let happen what is due, also where nobody calls."""
        with self._lock:
            self.account.settle()

    @property
    def url(self) -> str:
        """The value for `do_api_url`."""
        return f"http://{self.host}:{self._server.server_address[1]}/v2"

    @property
    def changes(self) -> list[str]:
        """Every call that could change something, in order: `POST /v2/droplets` and so on."""
        return [call for call in self.calls if not call.startswith("GET")]

    def answer(self, method: str, target: str, authorization: str | None, body: Any) -> tuple[int, Any, dict[str, str]]:
        """Return status, JSON body (None for none) and headers; status 0 means that no answer shall come."""
        url = urlsplit(target)
        query = dict(parse_qsl(url.query))
        with self._lock:
            call = f"{method} {url.path}"
            self.calls.append(call)
            self.times.append(time.monotonic())
            self.account.settle()
            if self.account.clock.monotonic() < self.not_before.get(call, 0.0):
                self.complaints.append(f"{call} was repeated before Retry-After was over.")
            status, answer, headers = self._answer(method, url.path, query, authorization, body)
            text = json.dumps(answer)
            answer = json.loads(text)
            if status:
                self.complaints.extend(complaints(method, url.path, url.query, json.dumps(body), status, text))
        headers |= {"x-request-id": str(uuid.uuid4()), "ratelimit-limit": "5000", "ratelimit-remaining": "4999"}
        if status >= 400:
            answer["request_id"] = headers["x-request-id"]
        return status, answer, headers

    def _answer(
        self, method: str, path: str, query: dict[str, str], authorization: str | None, body: Any
    ) -> tuple[int, Any, dict[str, str]]:
        if authorization != f"Bearer {self.token}":
            return 401, {"id": "Unauthorized", "message": "Unable to authenticate you"}, {}
        for fault in self.faults:
            if fault.times and fault.method == method and re.fullmatch(fault.path, path):
                fault.times -= 1
                if fault.carried_out:
                    self._carry_out(method, path, query, body)
                headers = {}
                if fault.retry_after is not None:
                    headers["retry-after"] = str(fault.retry_after)
                    self.not_before[f"{method} {path}"] = self.account.clock.monotonic() + fault.retry_after
                return fault.status, {"id": IDS.get(fault.status, "server_error"), "message": fault.message}, headers
        try:
            return *self._carry_out(method, path, query, body), {}
        except RefusedError as refused:
            return refused.status, {"id": refused.id, "message": refused.message}, {}

    def _carry_out(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        for wanted, pattern, status, function in OPERATIONS:
            if wanted == method and (match := pattern.fullmatch(path)):
                answer = function(self.account, query if method == "GET" else body, *match.groups())
                return status, self._page(path, query, answer)
        raise RefusedError(404, "The resource you were accessing could not be found.")

    def _page(self, path: str, query: dict[str, str], answer: Json | None) -> Json | None:
        """Cut a list into pages: as there, but of three things at most, so that there are several."""
        if answer is None or not isinstance(items := next(iter(answer.values())), list):
            return answer
        size = min(int(query.get("per_page", "20")), PAGE)
        page = int(query.get("page", "1"))
        rest = "".join(f"&{key}={value}" for key, value in query.items() if key != "page")
        more = {"pages": {"next": f"{self.url}{path[3:]}?page={page + 1}{rest}"}} if page * size < len(items) else {}
        return {
            next(iter(answer)): items[(page - 1) * size : page * size],
            "links": more,
            "meta": {"total": len(items)},
        }


class _Handler(BaseHTTPRequestHandler):
    """HTTP around a StandIn."""

    api: StandIn
    protocol_version = "HTTP/1.1"

    def _serve(self) -> None:
        content = self.rfile.read(int(self.headers.get("content-length", 0)))
        body = json.loads(content) if content else None
        status, answer, headers = self.api.answer(self.command, self.path, self.headers["authorization"], body)
        if not status:
            time.sleep(self.api.silence)
            self.close_connection = True
            return
        payload = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if payload:
            self.send_header("content-type", "application/json; charset=utf-8")
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_POST = do_PUT = do_DELETE = _serve  # noqa: N815 - http.server's names.

    def log_message(self, *_: object) -> None:
        """Say nothing: tests read `calls`."""
