"""The PromQL that the dashboard sends: last values of counters by replica, which `dashboard.readings` counts with."""

import json
import re
from collections.abc import Iterable

# Longer than any retention: a range that reaches back behind the oldest sample costs nothing.
RETENTION = "10y"
PAGES = ("homersimpson", "covilha")
VIEWS = f'{{view=~"{"|".join(PAGES)}"}}'

RESPONSES = "django_http_responses_total_by_status_view_method_total"
RESPONSE_LABELS = "pod, status, view, method"
BUCKETS = "django_http_requests_latency_seconds_by_view_method_bucket"
EXCEPTIONS = "django_http_exceptions_total_by_type_total"
BUILD = "homercovilha_build_info"

REPLICAS_UP = f"sum(max by (peer) (homercovilha_peer_up)) or count(count by (pod) ({PAGES[0]}_requests_total))"
REPLICAS_KNOWN = 'max(homercovilha_peers) or count(up{job="homercovilha"})'


def counter(page: str) -> str:
    """Return the name of the counter of requests to `page`."""
    return f"{page}_requests_total"


def exact_total(series: str, window: str, begin: str = "", by: str = "pod", lookback: str = RETENTION) -> str:
    """Return the query for how much the counters `series` rose in the last `window`, such as "1h": a whole number.

    For each pod it is the last value in the window minus the last value before it. That one counts as 0 if there is
    none, and if it is the higher one: then a restart of the node has emptied the pod's memory.
    `begin` is "@ <seconds since 1970>" for a range that begins at that moment; `window` must then reach back to it.
    `by` names the labels that make a counter: only those, because the same pod may be scraped under two target names.
    `lookback` is how long a pod may have gone unscraped before the window and still be known.
    """
    last = f"max by ({by}) (last_over_time({series}[{window}]))"
    first = f"max by ({by}) (last_over_time({series}[{lookback}] {begin or f'offset {window}'}))"
    return f"sum({last}) - (sum({first} <= {last}) or vector(0))"


def total_ever(series: str) -> str:
    """Return the query for the sum of all that Prometheus keeps."""
    return f"sum(max by (pod) (last_over_time({series}[{RETENTION}])))"


def last(series: str, labels: str, window: str) -> str:
    """Return the query for each counter's last value in the `window`, counters being told apart by `labels`."""
    return f"max by ({labels}) (last_over_time({series}[{window}]))"


def requests(window: str, pods: Iterable[str] | None = None) -> str:
    """Return the query for the requests by pod and page, of all pods or of these."""
    only = "" if pods is None else only_pods(pods)
    return " or ".join(
        f'label_replace({last(counter(page) + only, "pod", window)}, "page", "{page}", "", "")' for page in PAGES
    )


def answers(window: str) -> str:
    """Return the query for the answers by pod, view, status and method."""
    return last(RESPONSES, RESPONSE_LABELS, window)


def buckets(window: str) -> str:
    """Return the query for the answers of the pages by pod and by the upper bound of the seconds they took."""
    return f"sum by (pod, le) ({last(BUCKETS + VIEWS, 'pod, view, method, le', window)})"


def exceptions(window: str) -> str:
    """Return the query for the exceptions by pod and type."""
    return last(EXCEPTIONS, "pod, type", window)


def builds(window: str) -> str:
    """Return the query for what each pod ran in the `window`."""
    return f"group by (pod, version, revision) (last_over_time({BUILD}[{window}]))"


def alive() -> str:
    """Return the query for the time of the newest sample of each pod that the newest scrape found."""
    return f"max by (pod) (timestamp({counter(PAGES[0])}))"


def newest(window: str) -> str:
    """Return the query for the time of the newest sample in the `window`."""
    return f"max({alive()}) or max(max_over_time(timestamp({counter(PAGES[0])})[{window}:15s]))"


def sampled(pods: Iterable[str], which: str, window: str) -> str:
    """Return the query for the time of the first ("min") or last ("max") sample of each pod in the `window`.

    It is exact for scrapes at least 15 seconds apart. A counter has a sample from before the first scrape: its 0.
    """
    times = (
        f"max by (pod) ({which}_over_time(timestamp({series}{only_pods(pods)})[{window}:15s]))"
        for series in (BUILD, counter(PAGES[0]))
    )
    return " or ".join(times)


def only_pods(pods: Iterable[str]) -> str:
    """Return the selector of these pods."""
    return f"{{pod=~{json.dumps('|'.join(re.escape(pod) for pod in sorted(pods)))}}}"
