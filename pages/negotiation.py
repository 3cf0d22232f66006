"""Which type and encoding a client prefers. Clients send few different headers, so the last ones are remembered."""

import re
from functools import lru_cache

from django.http import HttpRequest

HTML = "text/html"
JSON = "application/json"
TEXT = "text/plain"


@lru_cache(maxsize=64)
def preferred_type(accept: str) -> str:
    """Return the media type that the Accept header prefers; HTML if it accepts none or cannot be parsed.

    https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1 leaves the latter to the server.
    """
    request = HttpRequest()
    request.META["HTTP_ACCEPT"] = accept
    try:
        return request.get_preferred_type([HTML, JSON, TEXT]) or HTML
    except (LookupError, ValueError):
        return HTML


@lru_cache(maxsize=64)
def accepts_gzip(accept_encoding: str) -> bool:
    """Return whether the Accept-Encoding header names gzip, and not with the weight 0."""
    for coding in accept_encoding.lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() == "gzip":
            return not re.fullmatch(r"\s*q=0(\.0*)?\s*", weight)
    return False
