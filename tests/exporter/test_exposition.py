"""Which format a client gets, and that both formats are what their specifications say."""

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as strict
from prometheus_client.parser import text_string_to_metric_families as plain

from exporter.exposition import OPENMETRICS, TEXT, Family, accepts_gzip, negotiate, render, to_text

# https://github.com/prometheus/prometheus/blob/v2.53.0/scrape/scrape.go
PROMETHEUS_2 = (
    "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
# https://github.com/prometheus/prometheus/blob/v3.5.0/config/config.go
PROMETHEUS_3 = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
    "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)
PROMETHEUS_3_TEXT_ONLY = "text/plain;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.4"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

FAMILIES = [
    Family(
        "requests",
        "counter",
        'Lines\\nand \\"quotes\\" and \\\\.',
        ['requests_total{pod="a"} 3.0', 'requests_created{pod="a"} 1700000000.5'],
    ),
    Family("up", "gauge", "Whether.", ['up{pod="a"} 1.0']),
    Family("thing_created", "gauge", "A gauge may end so.", ['thing_created{pod="a"} 1.0']),
]


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        (PROMETHEUS_2, OPENMETRICS),
        (PROMETHEUS_3, OPENMETRICS),
        (PROMETHEUS_3_TEXT_ONLY, TEXT),
        (BROWSER, TEXT),
        ("", TEXT),
        ("*/*", TEXT),
        ("application/openmetrics-text", OPENMETRICS),
        ("Application/OpenMetrics-Text ; Version=1.0.0 ; Q=0.1", OPENMETRICS),
        ('application/openmetrics-text; version="1.0.0"', OPENMETRICS),
        ("application/openmetrics-text;version=1.0.0;q=0", TEXT),
        ("application/openmetrics-text;version=2.0.0", TEXT),
        ("application/openmetrics-text;version=0.0.1", TEXT),
        ("application/openmetrics-text;q=0.3,text/plain;q=0.7", TEXT),
        ("application/openmetrics-text;q=0.7,text/plain;q=0.3", OPENMETRICS),
        ("text/plain,application/openmetrics-text", OPENMETRICS),
        ("application/json", TEXT),
        (";;;q=x,/,\xff,*/*;q=nan", TEXT),
        ('application/openmetrics-text; version="1.0.0', OPENMETRICS),
        ("application/openmetrics-text;q=inf", TEXT),
        ("application/openmetrics-text;q=-1", TEXT),
        ("application/openmetrics-text;q=", TEXT),
    ],
)
def test_the_client_gets_the_format_it_prefers(accept: str, content_type: str) -> None:
    assert negotiate(accept) == content_type


@pytest.mark.parametrize(
    ("accept_encoding", "accepted"),
    [
        ("gzip", True),
        ("GZip, deflate", True),
        ("deflate, gzip;q=0.5", True),
        ("*", True),
        ("gzip;q=1.000", True),
        ("", False),
        ("identity", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("*;q=0", False),
        ("gzip;q=0, *", False),
        ("gzip;q=x", False),
        ("xgzip", False),
    ],
)
def test_gzip_only_if_the_client_accepts_it(accept_encoding: str, accepted: bool) -> None:
    assert accepts_gzip(accept_encoding) is accepted


def test_openmetrics_passes_a_strict_parser() -> None:
    families = {family.name: family for family in strict(render(FAMILIES).decode())}
    assert families["requests"].type == "counter"
    assert families["requests"].documentation == 'Lines\nand "quotes" and \\.'
    assert [sample.name for sample in families["requests"].samples] == ["requests_total", "requests_created"]


def test_text_has_the_same_values_and_no_times_of_creation() -> None:
    text = to_text(render(FAMILIES)).decode()
    assert "# TYPE requests_total counter\n" in text
    assert '# HELP requests_total Lines\\nand "quotes" and \\\\.\n' in text
    assert "# EOF" not in text
    samples = {sample.name: sample.value for family in plain(text) for sample in family.samples}
    assert samples == {"requests_total": 3.0, "up": 1.0, "thing_created": 1.0}
