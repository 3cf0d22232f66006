"""The two counters, made at import so that both are exposed at 0 from the start."""

from prometheus_client import Counter

HOMERSIMPSON_REQUESTS = Counter("homersimpson_requests", "Requests to /homersimpson, whatever their method or status.")
COVILHA_REQUESTS = Counter("covilha_requests", "Requests to /covilha, whatever their method or status.")
