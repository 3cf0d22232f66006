"""The dashboard: a page that comes at once, and the data that its script asks for."""

import time
from collections.abc import Callable
from functools import wraps
from http import HTTPStatus

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.decorators import permission_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard import tables
from dashboard.data import CHARTS
from dashboard.ranges import COVILHA, DEFAULT_RANGE, RANGES, Range, UnknownRangeError, find_range
from dashboard.sources import choose_source

View = Callable[[HttpRequest, Range], HttpResponse]


def _for_viewers(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """Ask for the login and the permission, and find the range that the parameter `range` names."""

    @wraps(view)
    def with_range(request: HttpRequest) -> HttpResponse:
        try:
            shown = find_range(request.GET.get("range", DEFAULT_RANGE))
        except UnknownRangeError as error:
            return _refusal(HTTPStatus.BAD_REQUEST, str(error))
        return view(request, shown)

    permitted = permission_required("dashboard.view_metrics", raise_exception=True)(with_range)
    return never_cache(require_safe(admin.site.admin_view(permitted)))


@_for_viewers
def metrics(request: HttpRequest, shown: Range) -> HttpResponse:
    """Answer the page. It holds no data, so that it never waits for Prometheus."""
    context = admin.site.each_context(request) | {
        "title": "Metrics",
        # The page that will be drawn from the new document takes: `query`, a Span's (it leads to this range again);
        # `titles` of document.CHARTS by name; `pages`, their names; `ranges` with `query` and `label` each, today and
        # yesterday among them; `zone`. It loads dashboard:data with `<query>[&pod=NAME]`, dashboard:table with
        # `chart=NAME&<query>`, and a Comparison from dashboard:comparison with `from=<event.start>&to=<event.end>`.
        "charts": CHARTS,
        "ranges": RANGES.values(),
        "shown": shown,
        "zone": COVILHA.key,
        "has_history": bool(settings.PROMETHEUS_URL),
    }
    return TemplateResponse(request, "dashboard/metrics.html", context)


@_for_viewers
def data(_request: HttpRequest, shown: Range) -> HttpResponse:
    """Answer all that the page shows about a range, as JSON: `data.Data`."""
    return JsonResponse(choose_source().read(shown, _now()).as_json())


@_for_viewers
def table(request: HttpRequest, shown: Range) -> HttpResponse:
    """Answer the numbers at a glance, or those of one chart, as CSV."""
    chart = request.GET.get("chart", tables.NUMBERS)
    if chart not in (tables.NUMBERS, *CHARTS):
        names = ", ".join((tables.NUMBERS, *CHARTS))
        return _refusal(HTTPStatus.BAD_REQUEST, f"There is no chart {chart[:40]!r}. Ask for one of {names}.")
    read = choose_source().read(shown, _now())
    rows = tables.rows(read, chart)
    if not rows:
        problems = read.problems or [f"{read.source} have no history. Set PROMETHEUS_URL, or open the dashboard."]
        return _refusal(HTTPStatus.SERVICE_UNAVAILABLE, "\n".join(problems))
    return HttpResponse(
        tables.as_csv(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="homercovilha-{chart}-{shown.name}.csv"'},
    )


def _now() -> float:
    return round(time.time(), 3)


def _refusal(status: HTTPStatus, sentence: str) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", status=status, content_type="text/plain; charset=utf-8")
