"""Parses and validates a replica's exposition: whatever is returned can be merged and served.

It accepts only what both Prometheus and client_python's strict OpenMetrics parser accept.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from itertools import groupby, pairwise

from prometheus_client.utils import floatToGoString

from exporter.exposition import Family

_NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*"
# Names with two leading underscores are reserved: https://prometheus.io/docs/concepts/data_model/
# An empty value means no label to Prometheus, so that two series could become one.
_LABEL = r'(?!__)[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\n"])+"'
_HEADER = re.compile(rf'# (TYPE|HELP) ({_NAME}) ((?:[^\\]|\\[\\n"])*)')
_SERIES = re.compile(rf"({_NAME})\{{({_LABEL}(?:,{_LABEL})*)\}}")
_PAIR = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')
_VALUE = r"(?:-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|[+-]Inf|NaN)"
_VALUES = re.compile(rf"{_VALUE}(?:\n{_VALUE})*+")

# The types that a replica can have, which are those of the multiprocess mode, and the samples of each.
SUFFIXES = {
    "counter": ("_total", "_created"),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum", "_created"),
    "summary": ("_count", "_sum", "_created"),
}
# Names and labels rarely change between scrapes: they are checked once. A replica's have about 30 kB.
_REMEMBERED, _LONGEST_REMEMBERED = 64, 1 << 17

# Labels without le, the suffix, and the bucket's upper bound.
_Sample = tuple[tuple[tuple[str, str], ...], str, float | None]


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
        pods: set[str] = set()
        for is_header, lines in groupby(fixed.split("\n"), lambda line: line.startswith("#")):
            if is_header:
                self._take_headers(lines)
                continue
            family, begin, _ = self.families.pop() if self.families else (Family("", "gauge", ""), 0, 0)
            found = [_series(family, line) for line in lines]
            groups = [(labels, list(samples)) for labels, samples in groupby(found, lambda sample: sample[0])]
            if len(set(found)) < len(found) or len(dict(groups)) < len(groups):
                raise BrokenExpositionError(f"{family.name!r} has a series twice, or a label set's samples apart")
            for labels, samples in groups:
                pods.add(dict(labels).get("pod", ""))
                self._take_label_set(family, samples)
            self.families.append((family, begin, len(self._suffixes)))
        owners = Counter(name for family, *_ in self.families for name in names(family))
        twice = [name for name, times in owners.items() if times > 1]
        if twice or len(pods) != 1 or not all(pods):
            raise BrokenExpositionError(f"families with the same name {twice}, or not one pod: {sorted(pods)}")
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

    def _take_headers(self, lines: Iterable[str]) -> None:
        for name, found in groupby(map(_header, lines), lambda header: header[1]):
            headers = list(found)
            content = {keyword: content for keyword, _, content in headers}
            family = Family(name, content.get("TYPE", ""), content.get("HELP", ""))
            if family.type not in SUFFIXES or len(content) < len(headers):
                raise BrokenExpositionError(f"{name!r} has the type {family.type[:40]!r}, or a header twice")
            self.families.append((family, len(self._suffixes), len(self._suffixes)))

    def _take_label_set(self, family: Family, samples: list[_Sample]) -> None:
        begin = len(self._suffixes)
        suffixes = [suffix for _, suffix, _ in samples]
        self._suffixes += suffixes
        if family.type == "histogram":
            bounds = [bound for _, _, bound in samples if bound is not None]
            rising = all(lower < upper for lower, upper in pairwise(bounds)) and bounds[-1:] == [math.inf]
            if not rising or not {"_count", "_sum"} < set(suffixes):
                raise BrokenExpositionError(f"{family.name!r} is not a histogram for {samples[0][0]}")
            first = suffixes.index("_bucket")
            if suffixes[first : first + len(bounds)] != ["_bucket"] * len(bounds):
                raise BrokenExpositionError(f"the buckets of {family.name!r} are apart for {samples[0][0]}")
            self._histograms.append((begin + first, begin + first + len(bounds), begin + suffixes.index("_count")))


_remembered_shape = lru_cache(_REMEMBERED)(_Shape)


def _header(line: str) -> tuple[str, str, str]:
    """Return a header's keyword, name and content."""
    match = _HEADER.fullmatch(line)
    if not match:
        raise BrokenExpositionError(f"not a header: {line[:200]!r}")
    return match[1], match[2], match[3]


def _series(family: Family, line: str) -> _Sample:
    """Return a sample's labels, suffix and upper bound; raises BrokenExpositionError if it is not the family's."""
    match = _SERIES.fullmatch(line)
    suffix = match[1].removeprefix(family.name) if match else ""
    if not match or match[1] != family.name + suffix or suffix not in SUFFIXES[family.type] or not family.name:
        raise BrokenExpositionError(f"not a sample of {family.name!r}: {line[:200]!r}")
    pairs = _PAIR.findall(match[2])
    labels = dict(pairs)
    if len(labels) < len(pairs) or ("le" in labels) != (suffix == "_bucket"):
        raise BrokenExpositionError(f"a label twice, or le at the wrong sample: {line[:200]!r}")
    le = labels.pop("le", None)
    return tuple(sorted(labels.items())), suffix, None if le is None else _bound(le)


def _bound(le: str) -> float:
    """Return a bucket's upper bound; raises BrokenExpositionError unless it is in canonical form and not negative."""
    with suppress(ValueError):
        bound = float(le)
        # A histogram with a negative bound may not have a sum.
        if floatToGoString(bound) == le and bound >= 0:
            return bound
    raise BrokenExpositionError(f"it has a bucket up to {le[:40]!r}")
