"""The PromQL that the dashboard asks: totals that are exact, and curves of rates.

A rate is always taken of each replica's own series and summed afterwards: the other way round, a replica that misses
a scrape would show as a burst of requests. https://prometheus.io/docs/prometheus/latest/querying/functions/#rate
"""

from dashboard.ranges import SHORTEST_WINDOW, Range, seconds_of_today

DAY = 86_400
# Longer than any retention: a range that reaches back behind the oldest sample costs nothing.
RETENTION = "10y"
PAGES = ("homersimpson", "covilha")
VIEWS = f'{{view=~"{"|".join(PAGES)}"}}'
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}

RESPONSES = "django_http_responses_total_by_status_view_method_total"
ERRORS = RESPONSES + '{status=~"5.."}'
RESPONSE_LABELS = "pod, status, view, method"
LATENCY = "django_http_requests_latency_seconds_by_view_method_bucket"


def numbers(shown: Range, now: float) -> dict[str, str]:
    """Return the query of each number at a glance but those since ever, by the number's name."""
    today = seconds_of_today(now)
    return (
        {f"today.{page}": exact_total(counter(page), f"{today}s") for page in PAGES}
        | {f"per_second.{page}": requests_per_second(page, SHORTEST_WINDOW) for page in PAGES}
        | {f"latency.{name}": latency(quantile, SHORTEST_WINDOW) for name, quantile in QUANTILES.items()}
        | {
            "errors": f"{exact_total(ERRORS, f'{shown.seconds}s', by=RESPONSE_LABELS)} or vector(0)",
            # So many series that all samples of 90 days would take longer than the dashboard waits.
            "responses": exact_total(RESPONSES, f"{shown.seconds}s", by=RESPONSE_LABELS, lookback="7d"),
            "replicas.up": "sum(homercovilha_peer_up)",
            "replicas.known": "max(homercovilha_peers)",
            "age": "time() - max(timestamp(homercovilha_peers))",
        }
    )


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


def requests_per_second(page: str, window: int) -> str:
    """Return the query for the requests a second to `page`, the mean of `window` seconds."""
    return f"sum(rate({counter(page)}[{window}s]))"


def requests_per_second_by_replica(window: int) -> str:
    """Return the query for the requests a second to all pages, a series for each pod."""
    return " + ".join(f"sum by (pod) (rate({counter(page)}[{window}s]))" for page in PAGES)


def latency(quantile: float, window: int) -> str:
    """Return the query for a quantile of the seconds that an answer of the two pages took."""
    return f"histogram_quantile({quantile}, {latency_buckets(window)})"


def latency_buckets(window: int) -> str:
    """Return the query for the answers a second of the two pages, by the upper bound of the seconds they took."""
    return f"sum by (le) (rate({LATENCY}{VIEWS}[{window}s]))"


def presence(window: int) -> str:
    """Return the query for the pods that were seen in the last `window` seconds."""
    return f"count by (pod) (last_over_time({counter(PAGES[0])}[{window}s]))"


def any_presence(window: int) -> str:
    """Return the query that has a value where any pod was seen in the last `window` seconds."""
    return f"count(last_over_time({counter(PAGES[0])}[{window}s]))"
