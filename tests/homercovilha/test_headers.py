"""Every response has the security headers, on the admin site too, and a wrong Host is refused."""

import json
import subprocess
import sys

import pytest
from django.core.exceptions import DisallowedHost
from django.http import HttpResponse
from django.test import RequestFactory
from pytest_django import Settings

from homercovilha.headers import HeadersMiddleware
from tests.support.servers import ROOT, Gunicorn

HEADER = "Content-Security-Policy"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action {}; frame-ancestors 'none'"
)


@pytest.mark.parametrize(
    ("site", "form_action", "referrer"), [("public", "'none'", "no-referrer"), ("admin", "'self'", "same-origin")]
)
def test_policy_is_as_strict_as_the_site_allows(site: str, form_action: str, referrer: str) -> None:
    program = (
        "import json; from django.test import Client; import django; django.setup(); "
        "print(json.dumps(dict(Client(headers={'Host': 'localhost'}).get('/nowhere').headers)))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=Gunicorn(site=site).environ, capture_output=True, check=True
    )
    headers = json.loads(ended.stdout.decode().splitlines()[-1])

    assert headers[HEADER] == POLICY.format(form_action)
    assert headers["Referrer-Policy"] == referrer
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert int(headers["Content-Length"]) > 0


@pytest.mark.parametrize(("status", "debug", "expected"), [(500, False, True), (500, True, False), (400, True, True)])
def test_only_djangos_debug_pages_have_no_policy(settings: Settings, status: int, debug: bool, expected: bool) -> None:
    settings.DEBUG = debug

    response = HeadersMiddleware(lambda _request: HttpResponse(status=status))(RequestFactory().get("/"))

    assert (HEADER in response) is expected


def test_wrong_host_is_refused_before_anything_else() -> None:
    with pytest.raises(DisallowedHost):
        HeadersMiddleware(lambda _request: HttpResponse())(RequestFactory().get("/", headers={"Host": "other.example"}))
