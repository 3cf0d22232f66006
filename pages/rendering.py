"""Renders pages once a second, and inserts the millisecond of each request."""

import struct
import zlib
from collections.abc import Callable
from functools import cached_property, lru_cache

from django.http import HttpRequest, HttpResponse

from pages import clock
from pages.negotiation import accepts_gzip

Render = Callable[[int, str], str]
# https://www.rfc-editor.org/rfc/rfc1952#section-2.3: deflate, no flags, no time, any system.
GZIP_HEADER = b"\x1f\x8b\x08" + bytes(6) + b"\xff"
FULL_LEVEL = 9


class Body:
    """A text rendered for the first millisecond of `second`; each response has its own millisecond there instead."""

    def __init__(self, text: str, second: int) -> None:
        self.before, self.found, self.after = text.encode().partition(b"%d" % (second * 1000))

    def plain(self, milliseconds: int) -> bytes:
        return self.before + (b"%d" % milliseconds if self.found else b"") + self.after

    def gzipped(self, milliseconds: int) -> bytes:
        """Return the same, compressed.

        Only what stays the same during the second is deflated, once. The digits go between as a block that is stored
        as it is (https://www.rfc-editor.org/rfc/rfc1951#section-3.2.4), so a response costs a checksum.
        """
        digits = b"%d" % milliseconds if self.found else b""
        before, checksum, after = self._deflated
        stored = b"\0" + struct.pack("<HH", len(digits), len(digits) ^ 0xFFFF) + digits
        checksum = zlib.crc32(self.after, zlib.crc32(digits, checksum))
        length = len(self.before) + len(digits) + len(self.after)
        return before + stored + after + struct.pack("<LL", checksum, length)

    @cached_property
    def _deflated(self) -> tuple[bytes, int, bytes]:
        first, last = (zlib.compressobj(FULL_LEVEL, wbits=-zlib.MAX_WBITS) for _ in range(2))
        before = GZIP_HEADER + first.compress(self.before) + first.flush(zlib.Z_FULL_FLUSH)
        return before, zlib.crc32(self.before), last.compress(self.after) + last.flush()


# Enough for each format and a few hosts: a body of another second is never used again, and takes 25 kB.
@lru_cache(maxsize=16)
def _body(render: Render, second: int, origin: str) -> Body:
    return Body(render(second, origin), second)


def respond(request: HttpRequest, render: Render, content_type: str) -> HttpResponse:
    """Return what `render` returns for this second and the site's origin, such as http://203.0.113.7.

    The second is part of the cache's key, so no response has the page of another second. The origin is from a Host
    header that ALLOWED_HOSTS allows. The pages contain no secret, so compression cannot leak one (BREACH).
    """
    milliseconds = clock.read()
    body = _body(render, milliseconds // 1000, f"{request.scheme}://{request.get_host()}")
    if accepts_gzip(request.META.get("HTTP_ACCEPT_ENCODING", "")):
        content, headers = body.gzipped(milliseconds), {"Content-Encoding": "gzip", "Vary": "Accept-Encoding"}
    else:
        content, headers = body.plain(milliseconds), {"Vary": "Accept-Encoding"}
    charset = "; charset=utf-8" if content_type.startswith("text/") else ""
    return HttpResponse(content, content_type=content_type + charset, headers=headers)
