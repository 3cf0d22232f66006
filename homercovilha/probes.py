"""The probes: of the kubelet on the internal port, and of the load balancer on the public one."""

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
    if _databases_answer():
        return HttpResponse("ready\n", content_type="text/plain")
    response = HttpResponse("The database does not answer.\n", "text/plain", HTTPStatus.SERVICE_UNAVAILABLE)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
def healthy(_request: HttpRequest) -> HttpResponse:
    """Return 200 for the load balancer's health check."""
    return HttpResponse("healthy\n", content_type="text/plain")


def _databases_answer() -> bool:
    """Return whether every database answered a query within DEADLINE_SECONDS; true if there is none.

    One thread asks, whoever waits for it: a database that hangs never holds more than that.
    """
    global _query
    aliases = [connection.alias for connection in connections.all() if connection.vendor != "unknown"]
    if not aliases:
        return True
    if _query is None or _query.done():
        _query = _pool.submit(_ask, aliases)
    try:
        _query.result(DEADLINE_SECONDS)
    except (DatabaseError, TimeoutError) as error:
        reason = error if isinstance(error, DatabaseError) else f"no answer within {DEADLINE_SECONDS} s"
        logger.warning("Not ready: the database does not answer: %s", reason)
        return False
    return True


def _ask(aliases: list[str]) -> None:
    for alias in aliases:
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT 1")
        finally:
            # This thread sees no end of a request, at which Django would close it.
            connections[alias].close()
