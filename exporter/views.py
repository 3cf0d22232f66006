"""The exporter's pages: metrics of all replicas, and metrics of this one."""

import gzip
import math
import secrets
from collections.abc import Sequence
from http import HTTPStatus

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from exporter import conf, exposition, replica, scraping
from exporter.sharing import BusyError


# A site's ATOMIC_REQUESTS would make a scrape wait for the database, and its outage hide all metrics.
@transaction.non_atomic_requests
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics of all replicas. Requires one of the bearer tokens, if there are any."""
    tokens = conf.current().tokens
    if tokens and not _has_token(request, tokens):
        refusal = _refusal("Missing or invalid bearer token.", HTTPStatus.UNAUTHORIZED)
        refusal.headers["WWW-Authenticate"] = 'Bearer realm="metrics"'
        return refusal
    try:
        return _response(request, scraping.scrape(_client_timeout(request), request.META.get("exporter.arrival")))
    except BusyError as error:
        return _refusal(str(error), HTTPStatus.SERVICE_UNAVAILABLE)


# Prometheus does not log in: the token is what LoginRequiredMiddleware would ask for.
metrics.login_required = False  # type: ignore[attr-defined] # Django reads it from the function.


@require_safe
def own_metrics(request: HttpRequest) -> HttpResponse:
    """Return the metrics of this replica alone."""
    return _response(request, exposition.render(replica.families()))


def _refusal(sentence: str, status: HTTPStatus) -> HttpResponse:
    return HttpResponse(f"{sentence}\n", "text/plain", status, headers={"Cache-Control": "no-store"})


def _has_token(request: HttpRequest, tokens: Sequence[str]) -> bool:
    # The scheme's name is case-insensitive: https://www.rfc-editor.org/rfc/rfc9110#section-11.1
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    matches = [secrets.compare_digest(given.strip().encode(), token.encode()) for token in tokens]
    return scheme.lower() == "bearer" and any(matches)


def _client_timeout(request: HttpRequest) -> float:
    """Return how many seconds the client waits, from Prometheus' own header; defaults to 10 if missing or invalid."""
    try:
        seconds = float(request.headers.get("X-Prometheus-Scrape-Timeout-Seconds", "10"))
    except ValueError:
        return 10.0
    return min(max(seconds, 0.1), 10.0) if math.isfinite(seconds) else 10.0


def _response(request: HttpRequest, rendered: bytes) -> HttpResponse:
    content_type = exposition.negotiate(request.headers.get("Accept", ""))
    body = rendered if content_type == exposition.OPENMETRICS else exposition.to_text(rendered)
    response = HttpResponse(headers={"Content-Type": content_type, "Cache-Control": "no-store"})
    patch_vary_headers(response, ["Accept", "Accept-Encoding"])
    if exposition.accepts_gzip(request.headers.get("Accept-Encoding", "")):
        body = gzip.compress(body, compresslevel=1, mtime=0)
        response.headers["Content-Encoding"] = "gzip"
    response.content = body
    return response
