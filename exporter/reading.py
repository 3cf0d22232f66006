"""Reads a replica's exposition, and takes nothing on trust: what is returned can be merged and served."""

import math
import re
from itertools import groupby, pairwise

from prometheus_client.utils import floatToGoString

from exporter.exposition import Family

_NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*"
# Names that begin with two underscores are Prometheus' own: https://prometheus.io/docs/concepts/data_model/
_LABEL = r'(?!__)[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\]|\\[\\n"])*"'
_HEADER = re.compile(rf'# (TYPE|HELP) ({_NAME}) ((?:[^\\]|\\[\\n"])*)')
_SAMPLE = re.compile(rf"({_NAME})\{{({_LABEL}(?:,{_LABEL})*)\}} (-?[0-9]+(?:\.[0-9]+)?(?:e[+-]?[0-9]+)?|[+-]Inf|NaN)")
_PAIR = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"')

# Which samples a family of each type has.
SUFFIXES = {
    "counter": ("_total", "_created"),
    "gauge": ("",),
    "histogram": ("_bucket", "_count", "_sum", "_created"),
    "info": ("_info",),
    "unknown": ("",),
}

_Labels = tuple[tuple[str, str], ...]


class BrokenExpositionError(Exception):
    """The text is no OpenMetrics exposition of one replica; the message says what is wrong with it."""


def read(exposition: bytes) -> tuple[str, list[Family]]:
    """Return the name of the replica, which every sample's label `pod` holds, and its families.

    Raises BrokenExpositionError for anything that Prometheus, or a strict reader of OpenMetrics, would not take.
    """
    try:
        text = exposition.decode()
    except UnicodeDecodeError as error:
        raise BrokenExpositionError(f"it is not UTF-8: {error}") from None
    *lines, end, rest = text.split("\n") if text.count("\n") else ("", "", text)
    if (end, rest) != ("# EOF", ""):
        raise BrokenExpositionError("it does not end with # EOF")
    reader = _Reader()
    for line in lines:
        reader.take(line)
    return reader.finish()


class _Reader:
    def __init__(self) -> None:
        self.families: dict[str, Family] = {}
        self.pods: set[str] = set()
        self.series: dict[tuple[str, _Labels], float] = {}
        self.current = Family("", "", "")
        self.parsed: list[tuple[str, _Labels, float]] = []

    def take(self, line: str) -> None:
        header = _HEADER.fullmatch(line)
        if header:
            self._take_header(*header.groups())
            return
        sample = _SAMPLE.fullmatch(line)
        if not sample:
            raise BrokenExpositionError(f"no sample: {line[:200]!r}")
        name, labels, value = sample.groups()
        suffix = name.removeprefix(self.current.name)
        if not name.startswith(self.current.name) or suffix not in SUFFIXES.get(self.current.type, ()):
            raise BrokenExpositionError(f"no sample of {self.current.name!r}: {line[:200]!r}")
        if math.isinf(float(value)) and not value.endswith("Inf"):
            # Python reads it as infinite; Prometheus refuses the whole answer for it.
            raise BrokenExpositionError(f"{value[:40]!r} is out of range")
        self._take_sample(suffix, tuple(sorted(_PAIR.findall(labels))), float(value))
        self.current.samples.append(line)

    def finish(self) -> tuple[str, list[Family]]:
        self._finish_family()
        if len(self.pods) != 1:
            raise BrokenExpositionError(f"not one replica's name in the label pod: {sorted(self.pods)}")
        return self.pods.pop(), list(self.families.values())

    def _take_header(self, keyword: str, name: str, content: str) -> None:
        if name != self.current.name:
            self._finish_family()
            if name in self.families:
                raise BrokenExpositionError(f"the family {name!r} stands in two places")
            self.current = self.families[name] = Family(name, "unknown", "")
        elif self.current.samples:
            raise BrokenExpositionError(f"a {keyword} of {name!r} behind its samples")
        if keyword == "HELP":
            self.current.help = content
        elif content in SUFFIXES:
            self.current.type = content
        else:
            raise BrokenExpositionError(f"{name!r} has the type {content[:40]!r}")

    def _take_sample(self, suffix: str, labels: _Labels, value: float) -> None:
        names = dict(labels)
        series = suffix, labels
        if len(names) != len(labels) or not names.get("pod"):
            raise BrokenExpositionError(f"a label twice or no pod in {self.current.name!r}: {labels}")
        if series in self.series:
            raise BrokenExpositionError(f"the same series twice in {self.current.name!r}: {labels}")
        if suffix and suffix != "_sum" and not (0 <= value < math.inf):
            raise BrokenExpositionError(f"{self.current.name!r} counted {value}")
        if (suffix == "_bucket") != ("le" in names):
            raise BrokenExpositionError(f"le does not belong to {self.current.name}{suffix}: {labels}")
        self.pods.add(names["pod"])
        self.series[series] = value

    def _finish_family(self) -> None:
        if self.current.type == "histogram":
            _check_histogram(self.current.name, self.series)
        self.series = {}


def _check_histogram(name: str, series: dict[tuple[str, _Labels], float]) -> None:
    """Raise BrokenExpositionError unless each label set's samples stand together, its buckets rise to +Inf
    and agree with its count."""
    groups = groupby(series.items(), key=lambda item: tuple(pair for pair in item[0][1] if pair[0] != "le"))
    seen: set[_Labels] = set()
    for labels, items in groups:
        buckets: list[tuple[float, float]] = []
        others: dict[str, float] = {}
        for (suffix, pairs), value in items:
            if suffix == "_bucket":
                buckets.append((_bound(name, dict(pairs)["le"]), value))
            else:
                others[suffix] = value
        rising = all(a[0] < b[0] and a[1] <= b[1] for a, b in pairwise(buckets))
        if (
            labels in seen
            or not buckets
            or not rising
            or buckets[-1][0] != math.inf
            or others.get("_count") != buckets[-1][1]
            or "_sum" not in others
        ):
            raise BrokenExpositionError(f"{name!r} is no histogram for {labels}")
        seen.add(labels)


def _bound(name: str, le: str) -> float:
    """Return a bucket's upper bound; raises BrokenExpositionError unless it is in the one form it may have."""
    try:
        bound = float(le)
    except ValueError:
        bound = math.nan
    if floatToGoString(bound) != le or math.isnan(bound):
        raise BrokenExpositionError(f"{name!r} has a bucket up to {le[:40]!r}")
    return bound
