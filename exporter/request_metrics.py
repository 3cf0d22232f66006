"""django-prometheus' request metrics, with labels of which no visitor can make more.

Three of its twenty families are kept: the others count the same requests by fewer labels.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django_prometheus import middleware
from django_prometheus.utils import Time

KEPT = frozenset(
    {
        "django_http_requests_latency_seconds_by_view_method",
        "django_http_responses_total_by_status_view_method",
        "django_http_exceptions_total_by_type",
    }
)


class _Uncounted:
    """Stands in for a family that is not kept."""

    def labels(self, **_labels: str) -> "_Uncounted":
        return self

    def inc(self) -> None: ...

    def observe(self, _value: float) -> None: ...


class RequestMetrics(middleware.Metrics):
    """The families kept, by the names and labels of django-prometheus."""

    def register_metric(self, metric_cls: Any, name: str, *args: Any, **kwargs: Any) -> Any:
        if name not in KEPT:
            return _Uncounted()
        return super().register_metric(metric_cls, name, *args, **kwargs)


class RequestMetricsMiddleware(middleware.PrometheusAfterMiddleware):
    """Counts each request once, when its answer is made and before it is sent.

    In django-prometheus 2.5 the latency histogram has the raw method as a label, which a visitor invents, and
    observes a request whose view failed twice.
    """

    metrics_cls = RequestMetrics

    def process_request(self, request: HttpRequest) -> None:
        # The attribute is django-prometheus' own, which reads it again when the answer is made.
        request.prometheus_after_middleware_event = Time()  # type: ignore[attr-defined]

    def label_metric(
        self,
        metric: Any,
        request: HttpRequest,
        _response: HttpResponse | None = None,
        **labels: str,
    ) -> Any:
        if "method" in labels:
            labels["method"] = self._method(request)
        return metric.labels(**labels)

    def process_exception(self, _request: HttpRequest, exception: Exception) -> None:
        self.metrics.exceptions_by_type.labels(type=type(exception).__name__).inc()
