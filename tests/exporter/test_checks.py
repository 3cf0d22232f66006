"""The system checks name each value that cannot work, and what the site does not have, with the remedy."""

import pytest
from django.core.checks import run_checks
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.views import View
from pytest_django import Settings

from exporter.checks import MIDDLEWARE
from exporter.conf import KEYS
from exporter.middleware import ExporterMiddleware
from tests.exporter.conftest import Configure

WRONG = {
    "prefix": "my-site",
    "pod": "a pod",
    "version": None,
    "revision": 7,
    "peers": ["mysite-peers:8001"],
    "is_replica": "yes",
    "internal_port": "8001",
    "most_lines": 0,
    "tokens": "a-text-is-not-a-list",
    "internal_views": {"/livez": "nowhere.alive"},
    "uncounted_views": {"healthz": "homercovilha.probes.healthy"},
}


def _problems() -> list[str]:
    return [str(message) for message in run_checks() if (message.id or "").startswith("exporter.")]


def test_this_site_has_no_problem() -> None:
    assert _problems() == []


def test_site_without_the_setting_has_none_either(settings: Settings) -> None:
    del settings.EXPORTER

    assert _problems() == []


@pytest.mark.parametrize("key", KEYS)
def test_value_that_cannot_work_is_named_with_the_remedy(configure: Configure, key: str) -> None:
    configure(**{key: WRONG[key]})

    (problem,) = _problems()
    assert f"EXPORTER['{key}'] is " in problem
    assert f"Give {KEYS[key]['remedy']}." in problem
    # A site under gunicorn runs no checks, so the start fails with the same sentence.
    with pytest.raises(ImproperlyConfigured, match=f"'{key}'"):
        ExporterMiddleware(lambda _: HttpResponse())


def test_token_is_not_shown(configure: Configure) -> None:
    configure(tokens=["secret words"])

    assert "secret" not in "".join(_problems())


def test_unknown_key_is_named_with_the_known_ones(configure: Configure) -> None:
    configure(pot="web-1")

    (problem,) = _problems()
    assert "unknown key 'pot'" in problem
    assert "pod" in problem


@pytest.mark.parametrize("value", [None, [], "peers"])
def test_setting_that_is_no_dict_is_named(settings: Settings, value: object) -> None:
    settings.EXPORTER = value

    assert "EXPORTER is " in _problems()[0]


async def _asynchronous(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


class _ClassBased(View):
    pass


@pytest.mark.parametrize("name", ["_asynchronous", "_ClassBased", "_nowhere"])
@pytest.mark.parametrize("module", [__name__, ""])
def test_view_that_the_exporter_cannot_call_is_named(configure: Configure, module: str, name: str) -> None:
    configure(uncounted_views={"/healthz": f"{module}.{name}"})

    assert "EXPORTER['uncounted_views'] is " in _problems()[0]


@pytest.mark.parametrize(
    "middleware",
    [
        [],
        ["django.middleware.security.SecurityMiddleware", MIDDLEWARE],
        ["mysite.Plain", "django.middleware.security.SecurityMiddleware", MIDDLEWARE],
        ["whitenoise.middleware.WhiteNoiseMiddleware", MIDDLEWARE],
    ],
)
def test_middleware_that_is_missing_or_not_the_first_is_named(settings: Settings, middleware: list[str]) -> None:
    settings.MIDDLEWARE = middleware

    assert "exporter.middleware.ExporterMiddleware" in _problems()[0]


def test_middleware_that_counts_twice_is_named(settings: Settings) -> None:
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "django_prometheus.middleware.PrometheusBeforeMiddleware"]

    assert "PrometheusBeforeMiddleware" in _problems()[0]


def test_missing_url_is_named(settings: Settings) -> None:
    settings.ROOT_URLCONF = "pages.urls"

    assert "include('exporter.urls')" in _problems()[0]


def test_peers_without_the_internal_port_are_named(configure: Configure) -> None:
    configure(peers=[("mysite-peers", 8000)], internal_port=8001)

    assert "has the ports [8000], not the internal port 8001" in _problems()[0]
