"""Django system checks of a site that uses the exporter: what is missing, wrong or contradictory, with the remedy."""

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.urls import Resolver404, resolve

from exporter import conf, views

MIDDLEWARE = "exporter.middleware.ExporterMiddleware"


def value_problems() -> Iterator[Error]:
    """Yield what is wrong with the keys and values of EXPORTER."""
    given = getattr(settings, "EXPORTER", {})
    if not isinstance(given, dict):
        problem = f"EXPORTER is of the type {type(given).__name__}."
        yield Error(problem, "Give a dict, such as {'prefix': 'mysite'}.", id="exporter.E002")
        return
    for key, value in given.items():
        if key not in conf.KEYS:
            remedy = f"Remove it, or use one of the keys {', '.join(conf.KEYS)}."
            yield Error(f"EXPORTER has the unknown key {key!r}.", remedy, id="exporter.E001")
        elif not conf.KEYS[key]["is_valid"](value):
            # Tokens are secrets.
            shown = "not valid" if key == "tokens" else repr(value)
            yield Error(f"EXPORTER[{key!r}] is {shown}.", f"Give {conf.KEYS[key]['remedy']}.", id="exporter.E002")


def check(**_: Any) -> list[CheckMessage]:
    """Return the problems of this site."""
    # The other checks need valid values.
    return [*value_problems()] or [*_site_problems()]


def _site_problems() -> Iterator[Error]:
    middleware = settings.MIDDLEWARE
    # Others may stand before it, but for those that answer by themselves.
    if [name for name in middleware if name.startswith(("exporter.", "django.", "whitenoise."))][:1] != [MIDDLEWARE]:
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
