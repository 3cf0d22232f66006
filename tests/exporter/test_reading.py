"""Whatever a peer sends: what is taken from it can be merged and read by a strict reader."""

import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from exporter.exposition import OPENMETRICS, render
from exporter.merging import Merged
from exporter.reading import BrokenExpositionError, read

EXPOSITION = """\
# HELP homercovilha_build_info Version and revision.
# TYPE homercovilha_build_info gauge
homercovilha_build_info{pod="a",revision="\\"x\\\\n",version="1"} 1.0
# HELP covilha_requests Requests to /covilha.
# TYPE covilha_requests counter
covilha_requests_total{pod="a"} 7.0
covilha_requests_created{pod="a"} 1.7953821846863797e+09
# HELP t Seconds.
# TYPE t histogram
t_bucket{le="0.5",pod="a",view="x"} 1.0
t_bucket{le="+Inf",pod="a",view="x"} 3.0
t_count{pod="a",view="x"} 3.0
t_sum{pod="a",view="x"} 0.75
t_created{pod="a",view="x"} 1.79e+09
t_bucket{le="0.5",pod="a",view="y"} 0.0
t_bucket{le="+Inf",pod="a",view="y"} 0.0
t_count{pod="a",view="y"} 0.0
t_sum{pod="a",view="y"} 0.0
# EOF
"""
TOKENS = re.findall(r"\w+|\s|[^\w\s]", EXPOSITION)


def test_good_exposition_is_taken_as_it_is() -> None:
    pod, families = read(EXPOSITION.encode())

    assert pod == "a"
    assert render(families, OPENMETRICS).decode() == EXPOSITION


def test_empty_line_is_refused() -> None:
    with pytest.raises(BrokenExpositionError, match="no sample"):
        read(EXPOSITION.replace("# EOF", "\n# EOF").encode())


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """Draw the exposition with some of its tokens or lines dropped, doubled, swapped or exchanged."""
    parts = list(TOKENS) if draw(st.booleans()) else EXPOSITION.splitlines(keepends=True)
    for _ in range(draw(st.integers(1, 4))):
        first, second = (draw(st.integers(0, len(parts) - 1)) for _ in range(2))
        change = draw(st.sampled_from(["drop", "double", "swap", "copy", "text"]))
        if change == "drop" and len(parts) > 1:
            del parts[first]
        elif change == "double":
            parts.insert(first, parts[first])
        elif change == "swap":
            parts[first], parts[second] = parts[second], parts[first]
        elif change == "copy":
            parts[first] = parts[second]
        else:
            parts[first] = draw(
                st.sampled_from(["", "\n", '"', "\\", "{", "}", ",", "=", "NaN", "-1", "\r", "\x00", "é"])
            )
    return "".join(parts)


@settings(max_examples=1500)
@given(mutated())
def test_what_is_taken_passes_a_strict_reader_when_merged(exposition: str) -> None:
    merged = Merged()
    merged.add(*read(EXPOSITION.replace('pod="a"', 'pod="good"').encode()))
    with suppress(BrokenExpositionError):
        merged.add(*read(exposition.encode()))
    families = list(text_string_to_metric_families(render(merged.families.values(), OPENMETRICS).decode()))

    names = [sample for family in families for sample in family.samples if sample.labels["pod"] == "good"]
    assert len(names) == 12
