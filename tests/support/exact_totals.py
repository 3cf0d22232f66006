"""The exact total in PromQL, as the recording rules and the documentation have it.

The dashboard counts by the same rule in dashboard/counts.py, from the same samples; tests compare the two.
"""

from dashboard.queries import RETENTION


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


def total_of_all_time(series: str) -> str:
    """Return the query for the sum of all that Prometheus keeps."""
    return f"sum(max by (pod) (last_over_time({series}[{RETENTION}])))"
