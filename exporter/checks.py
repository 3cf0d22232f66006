"""Django system checks of a site that uses the exporter: what is missing, wrong or contradictory, with the remedy."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.urls import Resolver404, resolve
from django.utils.module_loading import import_string

from exporter import conf, patterns, views

MIDDLEWARE = "exporter.middleware.ExporterMiddleware"

_Check = Callable[[Any], bool]


def _text(pattern: str) -> _Check:
    return lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value))


def _each(check: _Check) -> _Check:
    return lambda values: isinstance(values, list | tuple) and all(map(check, values))


def _is_port(value: Any) -> bool:
    return type(value) is int and 1 <= value <= 65535


def _is_peer(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and isinstance(value[0], str) and _is_port(value[1])


def _are_views(value: Any) -> bool:
    try:
        return all(path.startswith("/") and callable(import_string(name)) for path, name in value.items())
    except (AttributeError, ImportError):
        return False


_VIEWS = _are_views, "the dotted name of a view for each path, such as {'/healthz': 'mysite.views.healthy'}"
VALUES: dict[str, tuple[_Check, str]] = {
    "prefix": (_text(patterns.METRIC_NAME), "the beginning of a metric's name, such as mysite"),
    "pod": (_text(patterns.POD_NAME), "at most 253 letters, digits, dots, hyphens and underscores"),
    "version": (_text(".*"), "a string"),
    "revision": (_text(".*"), "a string"),
    "peers": (_each(_is_peer), "a list of hosts and ports, such as [('mysite-peers', 8001)]"),
    "is_replica": (lambda value: isinstance(value, bool), "True or False"),
    "internal_port": (_is_port, "a whole number from 1 to 65535"),
    "tokens": (_each(_text(patterns.BEARER_TOKEN)), "a list of strings of letters, digits and . _ ~ + / - only"),
    "internal_views": _VIEWS,
    "uncounted_views": _VIEWS,
}


def value_problems() -> Iterator[Error]:
    """Yield what is wrong with the keys and values of EXPORTER."""
    for key, value in getattr(settings, "EXPORTER", {}).items():
        is_valid, remedy = VALUES.get(key, (None, f"one of the keys {', '.join(VALUES)}"))
        if is_valid is None:
            yield Error(f"EXPORTER has the unknown key {key!r}.", f"Remove it, or use {remedy}.", id="exporter.E001")
        elif not is_valid(value):
            # Tokens are secrets.
            shown = "not valid" if key == "tokens" else repr(value)
            yield Error(f"EXPORTER[{key!r}] is {shown}.", f"Give {remedy}.", id="exporter.E002")


def check(**_: Any) -> list[CheckMessage]:
    """Return the problems of this site."""
    # The other checks need valid values.
    return [*value_problems()] or [*_site_problems()]


def _site_problems() -> Iterator[Error]:
    middleware = settings.MIDDLEWARE
    if MIDDLEWARE not in middleware or middleware[0].startswith("django."):
        remedy = f"Put {MIDDLEWARE!r} first: it counts every request, and keeps the site off the internal port."
        yield Error("MIDDLEWARE does not begin with the exporter's.", remedy, id="exporter.E003")
    if theirs := [name for name in middleware if name.startswith("django_prometheus.")]:
        yield Error(f"MIDDLEWARE has {theirs} too, which count the same.", "Remove them.", id="exporter.E004")
    given = conf.current()
    try:
        view = resolve("/metrics").func
    except Resolver404:
        view = None
    if given.is_replica and view is not views.metrics:
        remedy = "Add path('', include('exporter.urls')) to the urlpatterns of ROOT_URLCONF, before all that match it."
        yield Error("/metrics is not the exporter's.", remedy, id="exporter.E005")
    ports = {port for _, port in given.peers}
    if given.is_replica and ports and given.internal_port not in ports:
        problem = f"EXPORTER['peers'] has the ports {sorted(ports)}, not the internal port {given.internal_port}."
        remedy = "Give the replicas their internal ports: otherwise this one cannot recognise itself among them."
        yield Error(problem, remedy, id="exporter.E006")
