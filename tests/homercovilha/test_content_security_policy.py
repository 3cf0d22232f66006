"""Every page forbids what it does not need, on the admin site too."""

import subprocess
import sys

import pytest
from django.http import HttpRequest, HttpResponse
from pytest_django import Settings

from homercovilha.content_security_policy import ContentSecurityPolicyMiddleware
from tests.servers import ROOT, Gunicorn

HEADER = "Content-Security-Policy"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action {}; frame-ancestors 'none'"
)


@pytest.mark.parametrize(("site", "form_action"), [("public", "'none'"), ("admin", "'self'")])
def test_policy_is_as_strict_as_the_site_allows(site: str, form_action: str) -> None:
    program = (
        "from django.test import Client; import django; django.setup(); "
        f"print(Client(headers={{'Host': 'localhost'}}).get('/nowhere')['{HEADER}'])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=Gunicorn(site=site).environ, capture_output=True, check=True
    )
    assert ended.stdout.decode().splitlines()[-1] == POLICY.format(form_action)


@pytest.mark.parametrize(("status", "debug", "expected"), [(500, False, True), (500, True, False), (400, True, True)])
def test_only_djangos_debug_pages_are_exempt(settings: Settings, status: int, debug: bool, expected: bool) -> None:
    settings.DEBUG = debug

    response = ContentSecurityPolicyMiddleware(lambda _request: HttpResponse(status=status))(HttpRequest())

    assert (HEADER in response) is expected
