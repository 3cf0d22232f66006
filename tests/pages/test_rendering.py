"""A page that is rendered once a second tells the time of its own request, for its own host, compressed or not."""

import gzip
from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from pages import clock, rendering
from pages.rendering import Body

SECOND = 1_782_903_600
Clock = Callable[[int], None]


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return lambda milliseconds: monkeypatch.setattr(clock, "read", lambda: milliseconds)


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
@pytest.mark.parametrize("form", ["html", "json", "text"])
def test_time_is_that_of_the_request_across_the_change_of_a_second(
    client: Client, set_clock: Clock, form: str, encoding: str
) -> None:
    for milliseconds in (0, 1, 999, 1000, 1001, 1999, 2000, 999, 59_999, 60_000):
        set_clock(SECOND * 1000 + milliseconds)

        page = text_of(client, f"/covilha?format={form}", encoding)

        minute, second = divmod(milliseconds // 1000, 60)
        assert f"12:{minute:02}:{second:02}" in page
        assert (str(SECOND * 1000 + milliseconds) in page) == (form != "text")


def test_page_is_rendered_once_a_second(set_clock: Clock) -> None:
    rendered = []

    def render(second: int, origin: str) -> str:
        rendered.append((second, origin))
        return "page"

    for milliseconds in range(0, 2000, 100):
        set_clock(SECOND * 1000 + milliseconds)
        for _ in range(3):
            rendering.respond(RequestFactory().get("/"), render, "text/html")

    assert rendered == [(SECOND, "http://testserver"), (SECOND + 1, "http://testserver")]


@pytest.mark.parametrize("path", ["/", "/homersimpson", "/covilha"])
def test_page_names_the_host_that_was_asked_for(client: Client, settings: Settings, path: str) -> None:
    settings.ALLOWED_HOSTS = ["203.0.113.7", "example.org"]
    for host in ("203.0.113.7", "example.org:8000", "203.0.113.7"):
        page = client.get(path, headers={"Host": host}).text

        assert f'<link rel="canonical" href="http://{host}{path}">' in page
        assert f'<meta property="og:image" content="http://{host}/static/' in page


def test_no_more_hosts_are_remembered_than_there_is_room_for(client: Client, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    for number in range(100):
        assert f"http://host{number}.example/" in client.get("/", headers={"Host": f"host{number}.example"}).text

    remembered = rendering._body.cache_info()
    assert remembered.currsize == remembered.maxsize == 16


@given(before=st.text(), after=st.text(), found=st.booleans(), millisecond=st.integers(0, 999))
def test_compressed_body_is_the_plain_one(before: str, after: str, found: bool, millisecond: int) -> None:
    body = Body(f"{before}{SECOND * 1000 if found else ''}{after}", SECOND)
    milliseconds = SECOND * 1000 + millisecond

    assert gzip.decompress(body.gzipped(milliseconds)) == body.plain(milliseconds)
    assert (str(milliseconds) in body.plain(milliseconds).decode()) == found


@pytest.mark.parametrize(
    ("accept_encoding", "compressed"),
    [
        ("gzip, deflate, br", True),
        ("deflate, GZIP;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("gzip;q=0.001", True),
        ("identity", False),
        ("x-gzip-no", False),
        ("", False),
    ],
)
def test_page_is_compressed_for_those_who_accept_it(client: Client, accept_encoding: str, compressed: bool) -> None:
    response = client.get("/homersimpson", headers={"Accept-Encoding": accept_encoding})

    assert (response.headers.get("Content-Encoding") == "gzip") is compressed
    assert response["Vary"] == "Accept-Encoding"
    head = client.head("/homersimpson", headers={"Accept-Encoding": accept_encoding})
    assert dict(head.headers) == dict(response.headers) | {"X-Request-ID": head["X-Request-ID"]}


def text_of(client: Client, path: str, encoding: str) -> str:
    response = client.get(path, headers={"Accept-Encoding": encoding})
    assert response.headers.get("Content-Encoding", "identity") == encoding
    assert int(response["Content-Length"]) == len(response.content)
    return (gzip.decompress(response.content) if encoding == "gzip" else response.content).decode()
