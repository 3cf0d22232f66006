"""Whatever a peer sends: what is accepted from it can be merged and passes strict parsers."""

import re
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as text_families

from exporter.exposition import render, to_text
from exporter.reading import BrokenExpositionError, _remembered_shape, read
from exporter.scraping import Merged

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


def test_valid_exposition_is_returned_as_it_is() -> None:
    pod, families = read(EXPOSITION.encode())

    assert pod == "a"
    assert render(families).decode() == EXPOSITION


def _histogram(buckets: str, count: str = "3.0", total: str = "0.75") -> str:
    return f'# TYPE x histogram\n{buckets}x_count{{pod="a"}} {count}\nx_sum{{pod="a"}} {total}\n'


BUCKETS = 'x_bucket{le="1.0",pod="a"} 1.0\nx_bucket{le="+Inf",pod="a"} 3.0\n'
REFUSED = {
    "empty": "",
    "empty line": '# TYPE x gauge\n\nx{pod="a"} 1.0\n',
    "no sample": "# TYPE x gauge\n",
    "no header": 'x{pod="a"} 1.0\n',
    "negative bucket": _histogram('x_bucket{le="-1.0",pod="a"} 1.0\n' + BUCKETS),
    "bucket without end": _histogram(BUCKETS.splitlines(keepends=True)[0]),
    "bucket that is not a whole number": _histogram(BUCKETS.replace("1.0\n", "0.5\n")),
    "count that is not a whole number": _histogram(BUCKETS.replace("3.0\n", "2.5\n"), count="2.5"),
    "count that differs from the last bucket": _histogram(BUCKETS, count="4.0"),
    "falling buckets": _histogram(BUCKETS.replace(" 1.0", " 4.0")),
    "bound that is not canonical": _histogram(BUCKETS.replace("1.0", "1", 1)),
    "bound that is not a number": _histogram(BUCKETS.replace('"1.0"', '"NaN"')),
    "bounds in the wrong order": _histogram("".join(reversed(BUCKETS.splitlines(keepends=True)))),
    "bucket without bound": _histogram(BUCKETS.replace('le="1.0",', "")),
    "bound outside of a bucket": '# TYPE x gauge\nx{le="1.0",pod="a"} 1.0\n',
    "buckets apart": _histogram(BUCKETS.replace("\nx_b", '\nx_created{pod="a"} 1.0\nx_b')),
    "negative sum": _histogram(BUCKETS, total="-1.0"),
    "sum that is not a number": _histogram(BUCKETS, total="NaN"),
    "infinite sum": _histogram(BUCKETS, total="+Inf"),
    "histogram without sum": _histogram(BUCKETS).replace('x_sum{pod="a"} 0.75\n', ""),
    "summary with a negative sum": '# TYPE x summary\nx_count{pod="a"} 1.0\nx_sum{pod="a"} -1.0\n',
    "summary with a quantile": '# TYPE x summary\nx{quantile="0.5",pod="a"} 1.0\n',
    "negative counter": '# TYPE x counter\nx_total{pod="a"} -1.0\n',
    "infinite counter": '# TYPE x counter\nx_total{pod="a"} +Inf\n',
    "counter's label sets mixed": (
        '# TYPE x counter\nx_total{a="1",pod="a"} 1.0\nx_total{a="2",pod="a"} 1.0\nx_created{a="1",pod="a"} 1.0\n'
    ),
    "info that is not 1": '# TYPE x info\nx_info{pod="a"} 2.0\n',
    "empty label": '# TYPE x gauge\nx{a="",pod="a"} 1.0\nx{pod="a"} 1.0\n',
    "series twice": '# TYPE x gauge\nx{a="1",pod="a"} 1.0\nx{pod="a",a="1"} 1.0\n',
    "label twice": '# TYPE x gauge\nx{a="1",a="1",pod="a"} 1.0\n',
    "no pod": "# TYPE x gauge\nx 1.0\n",
    "two pods": '# TYPE x gauge\nx{pod="a"} 1.0\nx{pod="b"} 1.0\n',
    "timestamp": '# TYPE x gauge\nx{pod="a"} 1.0 1500000000\n',
    "exemplar": '# TYPE x counter\nx_total{pod="a"} 1.0 # {a="b"} 1.0\n',
    "number out of range": '# TYPE x gauge\nx{pod="a"} 1e999\n',
    "number with underscores": '# TYPE x gauge\nx{pod="a"} 1_0\n',
    "type twice": '# TYPE x gauge\n# TYPE x gauge\nx{pod="a"} 1.0\n',
    "help twice": '# HELP x X.\n# HELP x X.\nx{pod="a"} 1.0\n',
    "header behind a sample": '# TYPE x gauge\nx{pod="a"} 1.0\n# HELP x X.\n',
    "family twice": '# TYPE x gauge\nx{pod="a"} 1.0\n# TYPE y gauge\n# TYPE x gauge\n',
    "name in two families": '# TYPE x counter\nx_total{pod="a"} 1.0\n# TYPE x_total gauge\nx_total{pod="a"} 1.0\n',
    "unknown type": '# TYPE x gaugehistogram\nx_gsum{pod="a"} 1.0\n',
    "unit": '# TYPE x_seconds gauge\n# UNIT x_seconds seconds\nx_seconds{pod="a"} 1.0\n',
    "comment": '# TYPE x gauge\n# X.\nx{pod="a"} 1.0\n',
    # A MB of each would take the parser 10 s or more.
    "too many labels": "# TYPE x gauge\nx{" + "".join(f'a{number}="1",' for number in range(1000)) + 'pod="a"} 1.0\n',
    "too many escaped quotes": '# TYPE x gauge\nx{a="' + '\\"' * 4096 + '",pod="a"} 1.0\n',
    "too many leading spaces": "# HELP x " + " " * 8192 + '\n# TYPE x gauge\nx{pod="a"} 1.0\n',
    "too many lines": "# TYPE x gauge\n" + "".join(f'x{{a="{number}",pod="a"}} 1.0\n' for number in range(10_000)),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_another_reader_might_refuse_is_refused(name: str) -> None:
    with pytest.raises(BrokenExpositionError):
        read(f"{REFUSED[name]}# EOF\n".encode())


def _read_lines(lines: list[str]) -> None:
    read(f"# TYPE x gauge\n{''.join(lines)}# EOF\n".encode())


def test_values_are_checked_each_time() -> None:
    """Names and labels are remembered, values never."""
    text = f"{_histogram(BUCKETS)}# EOF\n"
    for _ in range(2):
        read(text.encode())
        with pytest.raises(BrokenExpositionError):
            read(text.replace("0.75", "-0.75").encode())


def test_only_so_much_is_remembered() -> None:
    for number in range(200):
        read(f'# TYPE x gauge\nx{{pod="{number}"}} 1.0\n# EOF\n'.encode())
    before = _remembered_shape.cache_info()
    _read_lines([f'x{{a="{number}",pod="{"a" * 4096}"}} 1.0\n' for number in range(64)])

    assert before.currsize == before.maxsize == 64
    assert _remembered_shape.cache_info() == before


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
def test_what_is_accepted_passes_strict_parsers_when_merged(exposition: str) -> None:
    merged = Merged([])
    merged.add(*read(EXPOSITION.replace('pod="a"', 'pod="good"').encode()))
    with suppress(BrokenExpositionError):
        merged.add(*read(exposition.encode()))
    rendered = render(merged.families.values())
    families = list(text_string_to_metric_families(rendered.decode()))
    list(text_families(to_text(rendered).decode()))

    names = [sample for family in families for sample in family.samples if sample.labels["pod"] == "good"]
    assert len(names) == 12
