"""The public site keeps nothing about its visitors, and nothing of the admin is in it."""

import subprocess
import sys

import pytest

from tests.e2e.conftest import LoggedSite
from tests.support.raw import send
from tests.support.servers import ROOT, get

PATHS = ["/", "/homersimpson", "/covilha", "/metrics", "/healthz", "/nowhere", "/admin/", "/static/pages/homer.svg"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "BREW"])
@pytest.mark.parametrize("path", PATHS)
def test_no_answer_sets_a_cookie(site: LoggedSite, path: str, method: str) -> None:
    answer = send(
        (site.host, site.port), f"{method} {path} HTTP/1.0\r\nHost: 127.0.0.1\r\nCookie: a=b\r\n\r\n".encode()
    )
    assert answer.status in (200, 404, 405)
    assert b"set-cookie" not in answer.data.lower()


@pytest.mark.parametrize(
    "path", ["/admin", "/admin/", "/admin/login/", "/admin/metrics/", "/livez", "/readyz", "/ready"]
)
def test_neither_the_admin_nor_the_internal_port_can_be_reached(site: LoggedSite, path: str) -> None:
    assert get(site.url + path).status == 404
    assert get(site.url + path, {"Host": f"127.0.0.1:{site.internal_port}"}).status == 404


def test_there_is_no_database_and_nothing_that_would_need_one(site: LoggedSite) -> None:
    program = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        "from django.db import connections\n"
        "print(sorted(connections.settings), connections['default'].vendor)\n"
        "print(*settings.INSTALLED_APPS, *settings.MIDDLEWARE)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=site.environ, capture_output=True, text=True, check=True
    )
    assert ended.stdout.startswith("['default'] unknown\n"), "Django's dummy, which answers every query with an error"
    for word in ("sessions", "auth", "admin", "messages", "dashboard"):
        assert word not in ended.stdout
