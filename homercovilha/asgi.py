"""The site as an ASGI application: Django's WSGI handler, called in the event loop.

A page waits for nothing, so it needs no thread, and a thread costs as much as half the page. The ready-made adapters
(asgiref's WsgiToAsgi, a2wsgi) run every request on a thread, and Django's own ASGI handler every middleware that is
not async. Here only requests for the paths in settings.PATHS_THAT_WAIT run on threads.
"""

import asyncio
import contextvars
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import lru_cache, partial
from io import BytesIO
from typing import Any
from urllib.parse import unquote_to_bytes

from django.conf import settings

from homercovilha import wsgi
from homercovilha.environment import environment
from homercovilha.request_body import read_body

Message = dict[str, Any]
Response = tuple[int, list[tuple[bytes, bytes]], bytes]

_wsgi: Any = wsgi.application
_waiting = tuple(settings.PATHS_THAT_WAIT)
# A scrape of the peers waits for their internal ports: if these shared its threads, replicas could wait for each other.
_threads: dict[str, ThreadPoolExecutor] = defaultdict(partial(ThreadPoolExecutor, environment.WEB_THREADS))


async def application(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Respond to one request; `scope`, `receive` and `send` are those of ASGI 3."""
    environ = _environ(scope)
    refusal = None
    if "CONTENT_LENGTH" in environ or "HTTP_TRANSFER_ENCODING" in environ:
        refusal = await read_body(environ, receive)
    if refusal:
        body = f"{refusal.phrase}\n".encode()
        headers = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))]
        response: Response = refusal, headers, body
    elif environ["PATH_INFO"].startswith(_waiting):
        threads = _threads[environ["SERVER_PORT"]]
        # A scrape that begins while the request waits for a thread is good enough for it.
        environ["exporter.arrival"] = time.monotonic()
        run = contextvars.copy_context().run
        response = await asyncio.get_running_loop().run_in_executor(threads, run, _respond, environ)
    else:
        response = _respond(environ)
    status, headers, body = response
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


def _respond(environ: dict[str, Any]) -> Response:
    started: list[Any] = []
    with closing(_wsgi(environ, lambda *arguments: started.extend(arguments))) as response:
        body = b"".join(response)
    status, headers = started
    return int(status[:3]), [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers], body


def _environ(scope: Message) -> dict[str, Any]:
    """Return what Django reads of the environ of PEP 3333, without the body."""
    target = scope["raw_path"]
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": scope["server"][0],
        "SERVER_PORT": str(scope["server"][1]),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        # A client that left at once has no address any more.
        "REMOTE_ADDR": (scope["client"] or ("",))[0],
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(),
    }
    for name, value in scope["headers"]:
        key, text = _key(name), value.decode("latin-1")
        environ[key] = f"{environ[key]},{text}" if key in environ else text
    # A host in the target replaces the Host header: https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2
    if match := not target.startswith(b"/") and re.match(rb"[A-Za-z][A-Za-z0-9+.-]*://([^/]*)", target):
        environ["HTTP_HOST"], target = match[1].decode("latin-1"), target[match.end() :]
    environ["PATH_INFO"] = (unquote_to_bytes(target) if b"%" in target else target).decode("latin-1")
    return environ


@lru_cache(maxsize=256)
def _key(name: bytes) -> str:
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"
