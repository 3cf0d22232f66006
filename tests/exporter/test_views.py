"""/metrics: read only, never stored, and where a token is set, for who has it."""

import gzip
import inspect
import secrets

import pytest
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.models import AnonymousUser
from django.core.handlers.base import BaseHandler
from django.db import connection
from django.http import HttpResponse
from django.test import Client, RequestFactory

from exporter import views
from exporter.exposition import TEXT
from tests.exporter.conftest import Configure
from tests.support.metrics import OPENMETRICS

TOKEN = "correct-horse-battery-staple"
NEW_TOKEN = "another-horse-battery-staple"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "BREW"])
@pytest.mark.parametrize("path", ["/metrics", "/livez", "/readyz", "/healthz"])
def test_only_get_and_head(client: Client, path: str, method: str) -> None:
    response = client.generic(method, path)
    assert response.status_code == 405
    assert response["Allow"] == "GET, HEAD"


def test_settings_for_a_sites_own_views_do_not_reach_a_scrape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)  # It would wait for the database.
    assert BaseHandler().make_view_atomic(views.metrics) is views.metrics

    request = RequestFactory().get("/metrics")
    request.user = AnonymousUser()
    assert LoginRequiredMiddleware(lambda _: HttpResponse()).process_view(request, views.metrics, (), {}) is None


def test_head_has_the_length_of_the_body_and_no_body(client: Client) -> None:
    response = client.head("/metrics")
    assert response.status_code == 200
    assert response.content == b""


def test_response_is_not_cached(client: Client) -> None:
    response = client.get("/metrics")
    assert response["Cache-Control"] == "no-store"
    assert response["Vary"] == "Accept, Accept-Encoding"
    assert response["Content-Type"] == TEXT


def test_gzip_has_the_same_content(client: Client) -> None:
    response = client.get("/metrics", headers={"Accept-Encoding": "gzip", "Accept": OPENMETRICS})
    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content).endswith(b"# EOF\n")


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong",
        f"Bearer {TOKEN}x",
        f"Basic {TOKEN}",
        TOKEN,
        f"Bearer {TOKEN} x",
        f"Bearer {NEW_TOKEN},{TOKEN}",
        "Bearer é",
    ],
)
def test_who_has_not_the_token_is_asked_for_it(client: Client, configure: Configure, authorization: str) -> None:
    configure(tokens=[NEW_TOKEN, TOKEN])
    response = client.get("/metrics", headers={"Authorization": authorization} if authorization else {})
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == 'Bearer realm="metrics"'
    assert response["Cache-Control"] == "no-store"
    assert b"requests_total" not in response.content


@pytest.mark.parametrize(
    "authorization", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"Bearer  {TOKEN}", f"Bearer {NEW_TOKEN}"]
)
def test_valid_token_is_accepted(client: Client, configure: Configure, authorization: str) -> None:
    configure(tokens=[NEW_TOKEN, TOKEN])
    assert client.get("/metrics", headers={"Authorization": authorization}).status_code == 200


def test_the_token_is_compared_in_constant_time(
    client: Client, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(tokens=[NEW_TOKEN, TOKEN])
    compared = []

    def compare(given: bytes, token: bytes) -> bool:
        compared.append((given, token))
        return False

    monkeypatch.setattr(secrets, "compare_digest", compare)
    assert client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 401
    assert compared == [(TOKEN.encode(), NEW_TOKEN.encode()), (TOKEN.encode(), TOKEN.encode())]
    assert "==" not in inspect.getsource(views._has_token).replace('== "bearer"', "")


@pytest.mark.parametrize("seconds", ["nan", "inf", "-1", "abc", "", "1e999", "0"])
def test_an_absurd_scrape_timeout_harms_nobody(client: Client, seconds: str) -> None:
    response = client.get("/metrics", headers={"X-Prometheus-Scrape-Timeout-Seconds": seconds})
    assert response.status_code == 200
