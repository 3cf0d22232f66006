"""The dashboard: a page that comes at once, and the data that its script loads."""

import time
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard import document
from dashboard.charts import CHARTS
from dashboard.queries import PAGES
from dashboard.ranges import COVILHA, MINUTE, RANGES, RangeError, Span, find_span, moment
from dashboard.reading import read_now, read_range, read_times
from dashboard.tables import TABLES, as_csv

View = Callable[[HttpRequest, float], HttpResponse]
# What is compared before and after an event.
COMPARED = 30 * MINUTE


def _for_viewers(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """Require the login and the permission, pass the time, and refuse an invalid range."""

    @wraps(view)
    def at_this_time(request: HttpRequest) -> HttpResponse:
        try:
            return view(request, round(time.time(), 3))
        except RangeError as error:
            return _refusal(HTTPStatus.BAD_REQUEST, str(error))

    permitted = permission_required("dashboard.view_metrics", raise_exception=True)(at_this_time)
    return never_cache(require_safe(admin.site.admin_view(permitted)))


@_for_viewers
def metrics(request: HttpRequest, now: float) -> HttpResponse:
    """Return the page. It holds no data, so that it never waits for Prometheus."""
    span = find_span(request.GET.dict(), now)
    context = admin.site.each_context(request) | {
        "title": "Metrics",
        "charts": {name: title for name, (title, _) in CHARTS.items()},
        "pages": PAGES,
        "ranges": RANGES,
        "span": span,
        "zone": COVILHA.key,
    }
    return TemplateResponse(request, "dashboard/metrics.html", context)


@_for_viewers
def data(request: HttpRequest, now: float) -> HttpResponse:
    """Return all that the page shows of a range, as JSON."""
    return JsonResponse(_read(request, find_span(request.GET.dict(), now), now))


@_for_viewers
def health(_request: HttpRequest, now: float) -> HttpResponse:
    """Return the health alone, as JSON."""
    return JsonResponse(document.health_now(read_now(now), now))


@_for_viewers
def comparison(request: HttpRequest, now: float) -> HttpResponse:
    """Return 30 minutes before and after the event that the range is, as JSON."""
    start, end = (moment(request.GET.get(name, ""), name) for name in ("from", "to"))
    times = [start - COMPARED, start, end + 0.001, max(end + MINUTE, min(end + COMPARED, now))]
    return JsonResponse(document.comparison(read_times(times, now), times))


@_for_viewers
def table(request: HttpRequest, now: float) -> HttpResponse:
    """Return a chart or another table as CSV, or 503 if a part may be missing: a file does not say so."""
    name = request.GET.get("chart", TABLES[0])
    if name not in TABLES:
        return _refusal(HTTPStatus.BAD_REQUEST, f"There is no chart {name[:40]!r}. Choose one of {', '.join(TABLES)}.")
    span = find_span(request.GET.dict(), now)
    read = _read(request, span, now, most_stopped=None)
    text = "" if read["problems"] else as_csv(read, name)
    if not text:
        problems = read["problems"] or ["There is nothing in this range. Choose another one."]
        return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "\n".join(problems))
    file = f'attachment; filename="homercovilha-{name}-{span.name}.csv"'
    return HttpResponse(text, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": file})


def _read(
    request: HttpRequest, span: Span, now: float, most_stopped: int | None = document.MOST_STOPPED
) -> document.Row:
    return document.document(read_range(span, now), span, now, request.GET.get("pod"), most_stopped)


def _refusal(status: HTTPStatus, sentence: str) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")
