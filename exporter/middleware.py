"""Counts each request, and serves what is not to be counted: the internal port, and health checks."""

import socket
from collections.abc import Callable, Mapping
from functools import cache
from http import HTTPStatus
from time import perf_counter
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.template.response import SimpleTemplateResponse
from django.utils.module_loading import import_string
from django_prometheus import middleware
from prometheus_client import Counter, Histogram

from exporter import conf, views
from exporter.checks import value_problems

# Three of django-prometheus' twenty families. The others count the same by fewer labels.
KEPT = {
    "django_http_requests_latency_seconds_by_view_method",
    "django_http_responses_total_by_status_view_method",
    "django_http_exceptions_total_by_type",
}
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "CONNECT", "PATCH"})


class RequestMetrics(middleware.Metrics):
    """The families kept, with the names and labels of django-prometheus, but with bounded label cardinality."""

    def register_metric(self, metric_cls: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        return super().register_metric(metric_cls, name, *args, **kwargs) if name in KEPT else None


class ExporterMiddleware:
    """Counts each request once, when its response is made and before it is sent. It has to be the first to count.

    The internal port is the listener's (SERVER_PORT of PEP 3333), which no header can change. On it and for uncounted
    views, no other middleware runs and any Host is accepted: peers and probes connect by address.

    It does not use django-prometheus' own middleware: version 2.5 labels the latency histogram with the raw method,
    which a visitor invents, observes a request whose view failed twice, and looks up each child for each request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        if problems := [f"{problem.msg} {problem.hint}" for problem in value_problems()]:
            raise ImproperlyConfigured(" ".join(problems))
        configuration = conf.current()
        self.get_response = get_response
        self.internal_port = str(configuration.internal_port)
        self.internal_views = _imported(configuration.internal_views) | {"/metrics": views.own_metrics}
        self.uncounted_views = _imported(configuration.uncounted_views)
        self.metrics = RequestMetrics.get_instance()
        # As many entries as there are series.
        self.children = cache(self._children)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.META.get("SERVER_PORT") == self.internal_port and not _came_by_unix_socket(request):
            return _uncounted(self.internal_views.get(request.path_info, _not_found), request)
        if request.path_info in self.uncounted_views:
            return _uncounted(self.uncounted_views[request.path_info], request)
        start = perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        view = (match and match.view_name) or "<unnamed view>"
        method = request.method if request.method in METHODS else "<invalid method>"
        responses, latency = self.children(str(response.status_code), view, method)
        responses.inc()
        latency.observe(perf_counter() - start)
        return response

    def process_exception(self, _request: HttpRequest, exception: Exception) -> None:
        self.metrics.exceptions_by_type.labels(type=type(exception).__name__).inc()

    def _children(self, status: str, view: str, method: str) -> tuple[Counter, Histogram]:
        return (
            self.metrics.responses_by_status_view_method.labels(status=status, view=view, method=method),
            self.metrics.requests_latency_by_view_method.labels(view=view, method=method),
        )


def _came_by_unix_socket(request: HttpRequest) -> bool:
    """Return whether the port is none of a listener: for UNIX sockets gunicorn takes it from the Host header."""
    return getattr(request.META.get("gunicorn.socket"), "family", None) == socket.AF_UNIX


def _imported(names: Mapping[str, str]) -> dict[str, Callable[[HttpRequest], HttpResponse]]:
    return {path: import_string(name) for path, name in names.items()}


def _uncounted(view: Callable[[HttpRequest], HttpResponse], request: HttpRequest) -> HttpResponse:
    response = view(request)
    if isinstance(response, SimpleTemplateResponse):
        response.render()
    if not response.streaming:
        response.headers["Content-Length"] = str(len(response.content))
    return response


def _not_found(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("Not found.\n", "text/plain", HTTPStatus.NOT_FOUND)
