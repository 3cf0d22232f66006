"""Health checks: for the kubelet on the internal port, and for the load balancer on the public port."""

import logging
from concurrent.futures import Future, ThreadPoolExecutor
from http import HTTPStatus

from django.db import DatabaseError, connections
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

# The kubelet's probe waits 2 s (deploy/k8s/base/admin/deployment.yaml).
DEADLINE_SECONDS = 1.5

_pool = ThreadPoolExecutor(1, thread_name_prefix="readiness")
_query: Future[None] | None = None


@require_safe
def alive(_request: HttpRequest) -> HttpResponse:
    """Liveness: this process responds. It must not depend on anything else."""
    return HttpResponse("alive\n", content_type="text/plain")


@require_safe
def ready(_request: HttpRequest) -> HttpResponse:
    """Readiness: the app has loaded and its databases accept connections."""
    if _databases_respond():
        return HttpResponse("ready\n", content_type="text/plain")
    response = HttpResponse("The database does not respond.\n", "text/plain", HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
def healthy(_request: HttpRequest) -> HttpResponse:
    """Return 200 for the load balancer's health check."""
    return HttpResponse("healthy\n", content_type="text/plain")


def _databases_respond() -> bool:
    """Return whether every database responded to a query within DEADLINE_SECONDS; true if there is none.

    All callers wait for the same query on one thread, so a database that hangs blocks no further thread.
    """
    global _query
    aliases = [connection.alias for connection in connections.all() if connection.vendor != "unknown"]
    if not aliases:
        return True
    if _query is None or _query.done():
        _query = _pool.submit(_send_query, aliases)
    try:
        _query.result(DEADLINE_SECONDS)
    except (DatabaseError, TimeoutError) as error:
        reason = error if isinstance(error, DatabaseError) else f"no response within {DEADLINE_SECONDS} s"
        logger.warning("Not ready: the database does not respond: %s", reason)
        return False
    return True


def _send_query(aliases: list[str]) -> None:
    for alias in aliases:
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT 1")
        finally:
            # Django closes connections at the end of a request, but this thread has none.
            connections[alias].close()
