from datetime import UTC, datetime
from http import HTTPStatus

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from pages import clock

PAGES = ["/", "/homersimpson", "/homersimpson/", "/covilha", "/covilha/"]
NOON = round(datetime(2026, 7, 1, 11, tzinfo=UTC).timestamp()) * 1000 + 999


@pytest.fixture
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "read", lambda: NOON)


@pytest.mark.parametrize("path", PAGES)
def test_page_is_served_without_redirect(client: Client, path: str) -> None:
    response = client.get(path)

    assert response.status_code == HTTPStatus.OK
    assert response["Content-Type"] == "text/html; charset=utf-8"


@pytest.mark.parametrize("path", PAGES)
def test_head_has_the_headers_of_get_and_no_body(client: Client, path: str) -> None:
    response = client.head(path)

    assert response.status_code == HTTPStatus.OK
    assert response.content == b""


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"])
def test_other_methods_are_not_allowed_in_the_same_look(client: Client, path: str, method: str) -> None:
    response = client.generic(method, path)

    assert response.status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert response["Allow"] == "GET, HEAD"
    assert b"pages/site" in response.content


def test_post_is_not_allowed_also_where_csrf_is_checked() -> None:
    response = Client(enforce_csrf_checks=True).post("/covilha")

    assert response.status_code == HTTPStatus.METHOD_NOT_ALLOWED


@pytest.mark.parametrize("path", ["/homersimpson", "/covilha"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_both_spellings_name_the_same_canonical_page(client: Client, path: str, slash: str) -> None:
    assert f'<link rel="canonical" href="http://testserver{path}">' in client.get(path + slash).text


@pytest.mark.parametrize("path", ["/covilha//", "/covilha%0A", "/Covilha", "/covilhã"])
def test_similar_paths_are_not_the_page(client: Client, path: str) -> None:
    assert client.get(path).status_code == HTTPStatus.NOT_FOUND


def test_home_names_both_pages(client: Client) -> None:
    page = client.get("/").text

    assert 'href="/homersimpson"' in page
    assert 'href="/covilha"' in page


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (None, "text/html"),
        ("", "text/html"),
        ("*/*", "text/html"),
        ("application/json", "application/json"),
        ("text/plain", "text/plain"),
        ("text/*;q=0.5, application/json", "application/json"),
        ("application/json;q=0.5, text/plain;q=0.9", "text/plain"),
        ("application/json;q=0, */*", "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("image/png", "text/html"),
        ("application/json;q=five", "application/json"),
        ("text/plain;q*=nonsense''1", "text/html"),
        (";;;,/,,q=", "text/html"),
    ],
)
def test_covilha_speaks_the_type_that_the_client_prefers(client: Client, accept: str | None, content_type: str) -> None:
    headers = {} if accept is None else {"Accept": accept}

    response = client.get("/covilha", headers=headers)

    assert response["Content-Type"] == content_type + ("; charset=utf-8" if content_type.startswith("text/") else "")
    assert response["Vary"] == "Accept, Accept-Encoding"
    assert response["Cache-Control"] == "no-store"


@given(accept=st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF)))
def test_no_accept_header_breaks_covilha(accept: str) -> None:
    assert Client().get("/covilha", headers={"Accept": accept}).status_code == HTTPStatus.OK


@given(parameter=st.text(st.sampled_from("q*=';\"\\%0aeutf-8 nan")))
def test_no_accept_parameter_breaks_covilha(parameter: str) -> None:
    accept = f"text/plain;{parameter}"

    assert Client().get("/covilha", headers={"Accept": accept}).status_code == HTTPStatus.OK


@pytest.mark.usefixtures("noon")
def test_covilha_html_says_date_time_zone_and_offset(client: Client) -> None:
    page = client.get("/covilha").text

    assert 'datetime="2026-07-01T12:00:00+01:00"' in page
    for text in ("12:00:00", "Wednesday 1 July 2026", "Europe/Lisbon", "WEST", "+01:00"):
        assert text in page


@pytest.mark.usefixtures("noon")
def test_covilha_json_says_date_time_zone_and_offset(client: Client) -> None:
    assert client.get("/covilha", headers={"Accept": "application/json"}).json() == {
        "place": "Covilhã, Portugal",
        "datetime": "2026-07-01T12:00:00+01:00",
        "date": "2026-07-01",
        "time": "12:00:00",
        "zone": "Europe/Lisbon",
        "abbreviation": "WEST",
        "utc_offset": "+01:00",
        "epoch_milliseconds": 1782903600999,
    }


@pytest.mark.usefixtures("noon")
def test_covilha_text_says_date_time_zone_and_offset(client: Client) -> None:
    response = client.get("/covilha", headers={"Accept": "text/plain"})

    assert response.text == "2026-07-01 12:00:00 WEST (UTC+01:00, Europe/Lisbon)\n"
