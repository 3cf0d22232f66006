"""Where the numbers come from: Prometheus where there is one, else the replicas themselves."""

from typing import Protocol

from django.conf import settings

from dashboard.data import Data
from dashboard.ranges import Range
from dashboard.sources.prometheus import PrometheusSource
from dashboard.sources.replicas import ReplicasSource


class Source(Protocol):
    """Something that can be asked for the numbers. It never raises: what is wrong is told in the data's `problems`."""

    def read(self, shown: Range, now: float) -> Data:
        """Return what is known about the range `shown` that ends `now`, in seconds since 1970."""


def choose_source() -> Source:
    """Return the source that the settings name."""
    if settings.PROMETHEUS_URL:
        return PrometheusSource(settings.PROMETHEUS_URL, settings.PROMETHEUS_USERNAME, settings.PROMETHEUS_PASSWORD)
    return ReplicasSource()
