"""Reads what a server says about itself."""

from collections import defaultdict

from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.support.servers import get

OPENMETRICS = "application/openmetrics-text; version=1.0.0"


def scrape(url: str, **headers: str) -> str:
    """Return the OpenMetrics exposition at `url`."""
    answer = get(url, {"Accept": OPENMETRICS, **headers})
    assert answer.status == 200, answer.text
    return answer.text


def totals(exposition: str) -> dict[str, float]:
    """Return for each page `<page>` its counter and `<page> histogram`, the count of its latencies; strictly read."""
    sums: dict[str, float] = defaultdict(float)
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            if sample.name.endswith("_requests_total"):
                sums[sample.name.removesuffix("_requests_total")] += sample.value
            if sample.name == "django_http_requests_latency_seconds_by_view_method_count":
                sums[f"{sample.labels['view']} histogram"] += sample.value
    return sums


def series(exposition: str) -> set[str]:
    """Return the names and labels of all samples, as they stand there."""
    return {line.rpartition(" ")[0] for line in exposition.splitlines() if not line.startswith("#")}
