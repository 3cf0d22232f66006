"""Quantiles of a histogram, as Prometheus' `histogram_quantile` has them.

https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
"""

from collections.abc import Mapping
from itertools import pairwise
from math import inf

QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def quantile(share: float, buckets: Mapping[str, float]) -> float | None:
    """Return the value below which a share of the observations is, from cumulative counts by upper bound.

    It is linear within a bucket, and the last finite bound beyond that one. None if nothing was observed, or nothing so
    low.
    """
    histogram = sorted((_bound(le), count) for le, count in buckets.items())
    if len(histogram) < 2 or histogram[-1][0] != inf or histogram[-1][1] <= 0:
        return None
    rank = share * histogram[-1][1]
    for (low, below), (high, count) in pairwise([(0.0, 0.0), *histogram]):
        if count >= rank and count == below:
            return None
        if count >= rank:
            return low if high == inf else low + (high - low) * ((rank - below) / (count - below))
    return histogram[-2][0]


def _bound(le: str) -> float:
    try:
        return float(le)
    except ValueError:
        return -inf
