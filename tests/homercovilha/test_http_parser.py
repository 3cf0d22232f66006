"""Whether a head is read, and its headers are dropped, as gunicorn does it."""

from collections.abc import Iterable
from types import SimpleNamespace

import pytest
from gunicorn.asgi import protocol
from gunicorn.asgi.parser import ParseError, PythonProtocol
from gunicorn.config import Config
from gunicorn.http.errors import InvalidSchemeHeaders
from hypothesis import example, given
from hypothesis import strategies as st

from homercovilha import connection
from homercovilha.http_parser import Parser

FIELDS = (
    b"Host: example.org",
    b"Accept:\ttext/html \t",
    b"X-Empty:",
    b"X-Latin: \xe9",
    b"Content-Length: 4",
    b"Transfer-Encoding: chunked",
    b"Connection: close",
    b" folded: yes",
    b"no colon",
    b"Two : spaces",
    b"Bare: line\nfeed",
    b"Bare: return\r",
    b"",
)


@given(st.lists(st.one_of(st.sampled_from(FIELDS), st.binary(max_size=20)), max_size=8), st.integers(0, 400))
@example([b"Host: a"] * 2, 0)
@example([b"Host: a", b"Content-Length: 3", b"", b"abcGET / HTTP/1.1"], 30)
@example([b"A: b"] * 101, 0)
@example([b"A: " + b"b" * 9000], 0)
@example([b"A: b\r\nHost : c"], 20)
@example([], 17)
def test_any_head_is_read_as_gunicorn_does(fields: list[bytes], split: int) -> None:
    data = b"\r\n".join([b"GET / HTTP/1.1", *fields, b"", b"Next"])
    for parts in ((data,), (data[:split], data[split:])):
        assert read(Parser(), parts) == read(PythonProtocol(), parts)


@pytest.mark.parametrize("head", [b"%sA: b", b"A%sB: c", b"A:%sb", b"A: b%s"], ids=repr)
def test_each_byte_is_judged_as_gunicorn_does(head: bytes) -> None:
    for byte in range(256):
        data = b"GET / HTTP/1.1\r\n%s\r\n\r\n" % (head % bytes([byte]))
        assert read(Parser(), [data]) == read(PythonProtocol(), [data]), data


def read(parser: PythonProtocol, parts: Iterable[bytes]) -> object:
    """Return all that the parser found out, or its error."""
    try:
        for part in parts:
            parser.feed(part)
    except ParseError as error:
        return repr(error)
    return [getattr(parser, name) for name in PythonProtocol.__slots__ if not name.startswith("_on_")]


def test_a_connection_is_read_by_it() -> None:
    one = connection.Protocol(SimpleNamespace(cfg=Config(), log=None, asgi=None))
    one._setup_callback_parser()
    assert type(one._callback_parser) is Parser


HEADERS = (
    (b"host", b"example.org"),
    (b"x_forwarded_for", b"192.0.2.1"),
    (b"path_info", b"/forged"),
    (b"x-forwarded-proto", b"https"),
    (b"x-forwarded-ssl", b"off"),
    (b"accept", b"text/html"),
)


@given(st.lists(st.sampled_from(HEADERS), max_size=8), st.sampled_from(["127.0.0.1", "192.0.2.1"]))
def test_headers_are_dropped_as_by_gunicorn(headers: list[tuple[bytes, bytes]], peer: str) -> None:
    def kept(policy: type[protocol._RequestHeaderPolicy]) -> object:
        request = SimpleNamespace(headers_bytes=list(headers), scheme="http")
        one = policy(Config(), (peer, 1), "http", (1, 1))
        trust = one._peer_trusted_for_forwarded()
        try:
            one.apply(request, trust, protocol.secure_scheme_names(trust[0]))
        except InvalidSchemeHeaders as error:
            return repr(error)
        return request

    assert kept(connection.HeaderPolicy) == kept(connection.HeaderPolicy.__base__)
