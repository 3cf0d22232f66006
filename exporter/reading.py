"""Parses and validates a replica's exposition: whatever is returned can be merged and served.

It accepts what both Prometheus and client_python's strict OpenMetrics parser accept.
"""

import math
import re
from collections import Counter
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

# The samples that a family of each type has.
SUFFIXES = {
    "counter": ("_total", "_created"),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum", "_created"),
    "info": ("_info",),
    "summary": ("_count", "_sum", "_created"),
    "unknown": ("",),
}
# Names and labels rarely change between scrapes: they are checked once. A replica's have about 30 kB.
_REMEMBERED, _LONGEST_REMEMBERED = 64, 1 << 17

_Labels = tuple[tuple[str, str], ...]


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
    """The headers, names and labels of an exposition, checked, and which of its values have to be what."""

    def __init__(self, fixed: str) -> None:
        # Each family, with the positions of its first sample and behind its last one.
        self.families: list[tuple[Family, int, int]] = []
        # The positions of the samples that are counts, that are whole numbers and that are 1, and of each histogram's
        # first bucket, behind its last one, and its count.
        self._counts: list[int] = []
        self._whole: list[int] = []
        self._ones: list[int] = []
        self._histograms: list[tuple[int, int, int]] = []
        self._end = 0
        pods: set[str] = set()
        for is_header, lines in groupby(fixed.split("\n"), lambda line: line.startswith("#")):
            if is_header:
                self._take_headers(list(lines))
                continue
            family, begin, _ = self.families.pop() if self.families else (Family("", "unknown", ""), 0, 0)
            groups = [
                (group, [sample[1:] for sample in found])
                for group, found in groupby([_series(family, line) for line in lines], lambda sample: sample[0])
            ]
            if len(dict(groups)) < len(groups):
                raise BrokenExpositionError(f"the samples of a label set of {family.name!r} are not together")
            for group, found in groups:
                pods.add(dict(group).get("pod", ""))
                self._take_label_set(family, group, found)
            self.families.append((family, begin, self._end))
        twice = [
            name for name, times in Counter(n for one, *_ in self.families for n in names(one)).items() if times > 1
        ]
        if twice or len(pods) != 1 or not all(pods):
            raise BrokenExpositionError(f"families with the same name {twice}, or not one pod: {sorted(pods)}")
        (self.pod,) = pods

    def check(self, values: list[str]) -> None:
        """Raise BrokenExpositionError unless each value is one that its sample can have."""
        if not _VALUES.fullmatch("\n".join(values)):
            raise BrokenExpositionError(
                f"not a value: {next(value for value in values if not _VALUES.fullmatch(value))}"
            )
        numbers = [float(value) for value in values]
        # Python takes 1e999 for infinite; Prometheus refuses the whole exposition for it.
        if any(math.isinf(number) and not value.endswith("Inf") for number, value in zip(numbers, values, strict=True)):
            raise BrokenExpositionError("a value is out of range")
        wrong = [position for position in self._counts if not 0 <= numbers[position] < math.inf]
        wrong += [position for position in self._whole if not numbers[position].is_integer()]
        wrong += [position for position in self._ones if numbers[position] != 1]
        for begin, end, count in self._histograms:
            buckets = numbers[begin:end]
            if buckets != sorted(buckets) or buckets[-1] != numbers[count]:
                wrong.append(begin)
        if wrong:
            family = next(family for family, _, end in self.families if wrong[0] < end)
            raise BrokenExpositionError(f"a {family.type} {family.name!r} cannot have {values[wrong[0]]} there")

    def _take_headers(self, lines: list[str]) -> None:
        for name, found in groupby(map(_header, lines), lambda header: header[1]):
            headers = list(found)
            content = {keyword: content for keyword, _, content in headers}
            family = Family(name, content.get("TYPE", "unknown"), content.get("HELP", ""))
            if family.type not in SUFFIXES or len(content) < len(headers):
                raise BrokenExpositionError(f"{name!r} has the type {family.type[:40]!r}, or a header twice")
            self.families.append((family, self._end, self._end))

    def _take_label_set(self, family: Family, group: _Labels, found: list[tuple[str, float | None]]) -> None:
        begin, self._end = self._end, self._end + len(found)
        if len(set(found)) < len(found):
            raise BrokenExpositionError(f"a series of {family.name!r} is there twice: {group}")
        positions = {suffix: position for position, (suffix, _) in enumerate(found, begin)}
        for position, (suffix, _) in enumerate(found, begin):
            if suffix == "_info":
                self._ones.append(position)
            elif suffix:
                self._counts.append(position)
            if suffix in ("_bucket", "_count"):
                self._whole.append(position)
        if family.type == "histogram":
            bounds = [bound for _, bound in found if bound is not None]
            last = positions.get("_bucket", begin)
            first = last + 1 - len(bounds)
            if (
                not {"_bucket", "_count", "_sum"} <= positions.keys()
                or any(suffix != "_bucket" for suffix, _ in found[first - begin : last + 1 - begin])
                or not all(lower < upper for lower, upper in pairwise(bounds))
                or bounds[-1] != math.inf
            ):
                raise BrokenExpositionError(f"{family.name!r} is not a histogram for {group}")
            self._histograms.append((first, last + 1, positions["_count"]))


_remembered_shape = lru_cache(_REMEMBERED)(_Shape)


def _header(line: str) -> tuple[str, str, str]:
    """Return a header's keyword, name and content."""
    match = _HEADER.fullmatch(line)
    if not match:
        raise BrokenExpositionError(f"not a header: {line[:200]!r}")
    return match[1], match[2], match[3]


def _series(family: Family, line: str) -> tuple[_Labels, str, float | None]:
    """Return a sample's labels, the suffix that its name has behind the family's, and its bucket's upper bound."""
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
    """Return a bucket's upper bound; raises BrokenExpositionError unless it is in canonical form and not negative.

    A histogram with a negative bound may not have a sum.
    """
    try:
        bound = float(le)
    except ValueError:
        bound = math.nan
    if floatToGoString(bound) != le or not bound >= 0:
        raise BrokenExpositionError(f"it has a bucket up to {le[:40]!r}")
    return bound
