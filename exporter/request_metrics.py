"""Three of django-prometheus' twenty families, with bounded label cardinality: the others count the same by less."""

from collections.abc import Callable
from functools import cache
from time import perf_counter
from typing import Any

from django.http import HttpRequest, HttpResponse
from django_prometheus import middleware
from prometheus_client import Counter, Histogram

KEPT = {
    "django_http_requests_latency_seconds_by_view_method",
    "django_http_responses_total_by_status_view_method",
    "django_http_exceptions_total_by_type",
}
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "CONNECT", "PATCH"})


class RequestMetrics(middleware.Metrics):
    """The families kept, by the names and labels of django-prometheus."""

    def register_metric(self, metric_cls: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        return super().register_metric(metric_cls, name, *args, **kwargs) if name in KEPT else None


class RequestMetricsMiddleware:
    """Counts each request once, when its response is made and before it is sent.

    It does not use django-prometheus' own middleware: version 2.5 labels the latency histogram with the raw method,
    which a visitor invents, observes a request whose view failed twice, and looks up each child for each request.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.metrics = RequestMetrics.get_instance()
        # As many entries as there are series.
        self.children = cache(self._children)

    def __call__(self, request: HttpRequest) -> HttpResponse:
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
