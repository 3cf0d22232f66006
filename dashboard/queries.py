"""The PromQL that the dashboard sends: last values of counters by replica, from which `dashboard.counts` counts."""

import json
import re
from collections.abc import Iterable, Mapping

from pages import registry

# Longer than any retention: a range that begins before the oldest sample costs nothing more.
RETENTION = "10y"
PAGES = tuple(page.name for page in registry.PAGES)

REQUESTS = "_requests_total"
RESPONSES = "django_http_responses_total_by_status_view_method_total"
BUCKETS = "django_http_requests_latency_seconds_by_view_method_bucket"
EXCEPTIONS = "django_http_exceptions_total_by_type_total"
BUILD = "homercovilha_build_info"

# What is counted, and by which labels; see `counters`.
LABELS = {
    "requests": ("pod", "page"),
    "answers": ("pod", "view", "status", "method"),
    "buckets": ("pod", "le"),
    "exceptions": ("pod", "type"),
}


def counter(page: str) -> str:
    """Return the name of the counter of requests to `page`."""
    return f"{page}{REQUESTS}"


# A counter that every replica has.
SEEN = counter(PAGES[0])
# Seconds between two scrapes, the shortest of the last quarter of an hour and at least 15. In the first 5 minutes of a
# Prometheus it is more.
INTERVAL = f"clamp_min(300 / max(max_over_time(count_over_time({SEEN}[5m])[15m:1m])), 15) or vector(15)"
# Prometheus shows a series for 5 minutes after its last sample if it was restarted meanwhile. What is older than the
# newest sample by two scrape intervals is gone.
FRESH = f"timestamp({{0}}) > scalar(max(timestamp({{0}}))) - 2 * scalar({INTERVAL})"
# The time of the newest sample of each pod that the newest scrape found.
ALIVE = f"max by (pod) ({FRESH.format(SEEN)})"
PEERS_UP = f"homercovilha_peer_up and {FRESH.format('homercovilha_peer_up')}"
REPLICAS_UP = f"sum(max by (peer) ({PEERS_UP})) or count({ALIVE})"
REPLICAS_KNOWN = 'max(homercovilha_peers) or count(up{job="homercovilha"})'
NEWEST = f"max(timestamp({SEEN})) or max(max_over_time(timestamp({SEEN})[1h:15s]))"


def counters(kind: str, window: str, pods: Iterable[str] | None = None) -> str:
    """Return the query for the last value in the `window` of each counter of a kind, a key of LABELS.

    They are those of all pods or of `pods`; buckets have the seconds that the pages' answers took.
    """
    if kind == "requests":
        name = f'__name__=~"({"|".join(PAGES)}){REQUESTS}"'
        last = _last(name, ("pod", "__name__"), window, pods)
        return f'label_replace({last}, "page", "$1", "__name__", "(.*){REQUESTS}")'
    if kind == "buckets":
        name = f'__name__="{BUCKETS}",view=~"{"|".join(PAGES)}"'
        return f"sum by (pod, le) ({_last(name, ('pod', 'view', 'method', 'le'), window, pods)})"
    return _last(f'__name__="{RESPONSES if kind == "answers" else EXCEPTIONS}"', LABELS[kind], window, pods)


def labels(kind: str, of_series: Mapping[str, str]) -> tuple[str, ...]:
    """Return those of a series' labels that tell the counters of a kind apart."""
    return tuple(of_series.get(name, "?") for name in LABELS[kind])


def _last(matchers: str, by: Iterable[str], window: str, pods: Iterable[str] | None) -> str:
    only = "" if pods is None else f",{only_pods(pods)}"
    return f"max by ({', '.join(by)}) (last_over_time({{{matchers}{only}}}[{window}]))"


def builds(window: str) -> str:
    """Return the query for what each pod ran in the `window`."""
    return f"group by (pod, version, revision) (last_over_time({BUILD}[{window}]))"


def sampled(pods: Iterable[str], which: str, window: str) -> str:
    """Return the query for the time of the first ("min") or last ("max") sample of each pod in the `window`.

    It is exact for scrapes at least 15 seconds apart. A counter has a sample from before the first scrape: its 0.
    """
    return " or ".join(
        f"max by (pod) ({which}_over_time(timestamp({series}{{{only_pods(pods)}}})[{window}:15s]))"
        for series in (BUILD, SEEN)
    )


def only_pods(pods: Iterable[str]) -> str:
    """Return the matcher of these pods."""
    return f"pod=~{json.dumps('|'.join(re.escape(pod) for pod in sorted(pods)))}"
