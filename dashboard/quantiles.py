"""Quantiles of a histogram, as Prometheus' `histogram_quantile` has them.

https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
Prometheus would read a week of buckets again for each quantile, which is most of the work of a whole answer.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import inf
from operator import itemgetter

from dashboard.data import Curve
from dashboard.prometheus import Series


def quantile_curves(buckets: list[Series], shares: Mapping[str, float], times: Sequence[float]) -> list[Curve]:
    """Return a curve for each name and share in `shares`, from the series of `sum by (le) (rate(…_bucket[…]))`."""
    bounds = sorted(
        ((bound, one.at(times)) for one in buckets if (bound := _bound(one)) is not None), key=itemgetter(0)
    )
    if not bounds:
        return []
    moments = [[(bound, values[moment]) for bound, values in bounds] for moment in range(len(times))]
    histograms = [[(bound, value) for bound, value in moment if value is not None] for moment in moments]
    return [Curve(name, [quantile(share, one) for one in histograms]) for name, share in shares.items()]


def quantile(share: float, histogram: Sequence[tuple[float, float]]) -> float | None:
    """Return the value below which a share of the observations is, from cumulative counts by rising upper bound.

    Within a bucket it is linear; beyond the last finite bound it is that bound. None where nothing
    was observed, or nothing so low.
    """
    if len(histogram) < 2 or histogram[-1][0] != inf or histogram[-1][1] <= 0:
        return None
    rank = share * histogram[-1][1]
    for (low, below), (high, count) in pairwise([(0.0, 0.0), *histogram]):
        if count >= rank and count == below:
            return None
        if count >= rank:
            return low if high == inf else low + (high - low) * ((rank - below) / (count - below))
    return histogram[-2][0]


def _bound(bucket: Series) -> float | None:
    try:
        bound = float(bucket.labels["le"])
    except (KeyError, ValueError):
        return None
    return bound if bound > -inf else None
