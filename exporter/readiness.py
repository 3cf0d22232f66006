"""Whether the databases accept connections, found out within a readiness probe's time."""

import logging
from concurrent.futures import Future, ThreadPoolExecutor

from django.db import DatabaseError, connections

logger = logging.getLogger(__name__)

# The kubelet's probe waits 2 s (deploy/k8s/base/admin/deployment.yaml).
DEADLINE_SECONDS = 1.5

_pool = ThreadPoolExecutor(1, thread_name_prefix="readiness")
_query: Future[None] | None = None


def databases_answer() -> bool:
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
