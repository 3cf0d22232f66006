"""Parses and validates a replica's exposition: whatever is returned can be merged and served.

It accepts only what both Prometheus and client_python's strict OpenMetrics parser accept: the latter parses it, and
what only Prometheus refuses is checked here.
"""

import math
import re
from functools import lru_cache
from itertools import groupby

from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.utils import floatToGoString

from exporter import conf
from exporter.conf import METRIC_NAME
from exporter.exposition import Family, escaped

# Names with two leading underscores are reserved: https://prometheus.io/docs/concepts/data_model/
# An empty value means no label to Prometheus, so that two series could become one.
_LABEL = r'(?!__)[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\n"])+"'
_HEADER_OR_SERIES = re.compile(
    rf'# (?:TYPE|HELP) {METRIC_NAME} (?:[^\\]|\\[\\n"])*|{METRIC_NAME}\{{{_LABEL}(?:,{_LABEL})*\}}'
)
_VALUE = r"(?:-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|[+-]Inf|NaN)"
_VALUES = re.compile(rf"{_VALUE}(?:\n{_VALUE})*+")

# client_python's parser takes time that grows with the square of a line's labels, escaped quotes and leading spaces,
# and 40 microseconds for each line. A replica has some 300 lines of 120 characters.
LONGEST_LINE = 8192

# The types that a replica can have, which are those of the multiprocess mode, and the samples of each.
SUFFIXES = {
    "counter": ("_total", "_created"),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum", "_created"),
    "summary": ("_count", "_sum", "_created"),
}
# Names and labels rarely change between scrapes: they are checked once. A replica's have about 30 kB.
_REMEMBERED, _LONGEST_REMEMBERED = 64, 1 << 17


class BrokenExpositionError(Exception):
    """The text is not an OpenMetrics exposition of one replica; the message says why."""


def names(family: Family) -> set[str]:
    """Return the names that belong to the family alone."""
    return {family.name + suffix for suffix in ("", *SUFFIXES[family.type])}


def read(exposition: bytes) -> tuple[str, list[Family]]:
    """Return the name of the replica, which is the label `pod` of every sample, and its families.

    Raises BrokenExpositionError if Prometheus or a strict OpenMetrics parser would not accept it.
    """
    try:
        text = exposition.decode()
    except UnicodeDecodeError as error:
        raise BrokenExpositionError(f"it is not UTF-8: {error}") from None
    if not text.endswith("\n# EOF\n"):
        raise BrokenExpositionError("it does not end with # EOF")
    lines = text.split("\n")[:-2]
    samples = [line for line in lines if not line.startswith("#")]
    # The value is behind the last space. Without a space it is all there is, and no value.
    values = [line[line.rfind(" ") + 1 :] for line in samples]
    fixed = "\n".join([line if line.startswith("#") else line[: line.rfind(" ")] for line in lines])
    shape = (_remembered_shape if len(fixed) <= _LONGEST_REMEMBERED else _Shape)(fixed)
    shape.check(values)
    return shape.pod, [
        Family(family.name, family.type, family.help, samples[begin:end]) for family, begin, end in shape.families
    ]


class _Shape:
    """The headers, names and labels of an exposition, checked, and what they demand of its values."""

    def __init__(self, fixed: str) -> None:
        # Each family, with the positions of its first sample and behind its last one.
        self.families: list[tuple[Family, int, int]] = []
        # What each sample's name has behind the family's.
        self._suffixes: list[str] = []
        # The positions of each histogram's first bucket, behind its last one, and of its count.
        self._histograms: list[tuple[int, int, int]] = []
        lines = fixed.split("\n")
        if len(lines) > (most := conf.current().most_lines):
            raise BrokenExpositionError(f"it has {len(lines)} lines, more than {most}: raise EXPORTER['most_lines']")
        for line in lines:
            if len(line) > LONGEST_LINE or not _HEADER_OR_SERIES.fullmatch(line):
                raise BrokenExpositionError(f"not a header or a series: {line[:200]!r}")
        # 0 is a possible value of every sample.
        text = "\n".join([line if line.startswith("#") else f"{line} 0" for line in lines])
        try:
            metrics = list(text_string_to_metric_families(f"{text}\n# EOF"))
        except ValueError as error:
            raise BrokenExpositionError(f"a strict parser refuses it: {error}") from None
        for metric in metrics:
            if metric.type not in SUFFIXES:
                raise BrokenExpositionError(f"{metric.name!r} has the type {metric.type[:40]!r}")
            begin = len(self._suffixes)
            self._take_samples(metric)
            family = Family(metric.name, metric.type, escaped(metric.documentation))
            self.families.append((family, begin, len(self._suffixes)))
        if len(self._suffixes) < sum(not line.startswith("#") for line in lines):
            raise BrokenExpositionError("it has a series twice")
        pods = {sample.labels.get("pod", "") for metric in metrics for sample in metric.samples}
        if len(pods) != 1 or not all(pods):
            raise BrokenExpositionError(f"it has not one pod: {sorted(pods)}")
        (self.pod,) = pods

    def check(self, values: list[str]) -> None:
        """Raise BrokenExpositionError unless each value is one that its sample can have."""
        if not _VALUES.fullmatch("\n".join(values)):
            wrong = next(value for value in values if not _VALUES.fullmatch(value))
            raise BrokenExpositionError(f"not a value: {wrong[:40]!r}")
        numbers = [float(value) for value in values]
        for number, suffix, value in zip(numbers, self._suffixes, values, strict=True):
            if suffix:
                possible = 0 <= number < math.inf and (number % 1 == 0 or suffix not in {"_bucket", "_count"})
            else:
                # Python takes 1e999 for infinite; Prometheus refuses the whole exposition for it.
                possible = not math.isinf(number) or value.endswith("Inf")
            if not possible:
                raise BrokenExpositionError(f"a sample that ends in {suffix!r} cannot be {value[:40]}")
        for begin, end, count in self._histograms:
            buckets = numbers[begin:end]
            if buckets != sorted(buckets) or buckets[-1] != numbers[count]:
                raise BrokenExpositionError(f"a histogram cannot have the buckets {buckets} and count {numbers[count]}")

    def _take_samples(self, metric: Metric) -> None:
        for sample in metric.samples:
            suffix, bound = sample.name.removeprefix(metric.name), sample.labels.get("le", "")
            is_valid = floatToGoString(float(bound)) == bound if suffix == "_bucket" else "le" not in sample.labels
            if suffix not in SUFFIXES[metric.type] or not is_valid:
                raise BrokenExpositionError(f"not a sample of a {metric.type}: {sample.name[:80]}, le {bound!r:.40}")
        for _, samples in groupby(metric.samples, lambda sample: {**sample.labels, "le": ""}):
            suffixes = [sample.name.removeprefix(metric.name) for sample in samples]
            if metric.type == "histogram":
                first, times = suffixes.index("_bucket"), suffixes.count("_bucket")
                if suffixes[first : first + times] != ["_bucket"] * times or "_count" not in suffixes:
                    raise BrokenExpositionError(f"{metric.name!r} has a histogram without count, or its buckets apart")
                begin = len(self._suffixes)
                self._histograms.append((begin + first, begin + first + times, begin + suffixes.index("_count")))
            self._suffixes += suffixes


_remembered_shape = lru_cache(_REMEMBERED)(_Shape)
