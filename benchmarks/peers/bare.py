"""The least that a WSGI server can be asked for."""

from collections.abc import Callable, Iterable


def application(_environ: dict[str, object], start_response: Callable[..., object]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"hello"]
