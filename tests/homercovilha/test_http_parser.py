"""Whether the site's HTTP parser accepts and refuses what gunicorn's does."""

from types import SimpleNamespace

import pytest
from gunicorn.asgi.parser import PythonProtocol
from gunicorn.config import Config
from hypothesis import example, given
from hypothesis import strategies as st

from homercovilha import connection
from homercovilha.http_parser import Parser

CHECKS = ("_is_valid_token", "_has_invalid_header_chars")


@pytest.mark.parametrize("check", CHECKS)
def test_each_byte_is_judged_as_gunicorn_does(check: str) -> None:
    ours, theirs = getattr(Parser(), check), getattr(PythonProtocol(), check)
    for data in (bytes([first, *rest]) for first in range(256) for rest in ((), (0x61,), (0x0A,), (first,))):
        assert ours(data) == theirs(data), data


@given(st.binary(max_size=60))
@example(b"")
@example(b"Host\n")
def test_any_bytes_are_judged_as_gunicorn_does(data: bytes) -> None:
    for check in CHECKS:
        assert getattr(Parser(), check)(data) == getattr(PythonProtocol(), check)(data)


def test_a_connection_is_read_by_it() -> None:
    one = connection.Protocol(SimpleNamespace(cfg=Config(), log=None, asgi=None))
    one._setup_callback_parser()
    assert type(one._callback_parser) is Parser
