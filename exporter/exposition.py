"""The two exposition formats, and which of them a client gets.

OpenMetrics 1.0: https://prometheus.io/docs/specs/om/open_metrics_spec/
The text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.openmetrics import exposition as openmetrics

OPENMETRICS = openmetrics.CONTENT_TYPE_LATEST
TEXT = CONTENT_TYPE_PLAIN_0_0_4

# Only these have a time of creation. Any other sample that ends in _created is a metric like all others.
_COUNTED = frozenset({"counter", "histogram", "summary"})

# An item without a version means any.
_VERSIONS = {"application/openmetrics-text": {"", "1.0.0"}, "text/plain": {"", "0.0.4"}}


@dataclass
class Family:
    """A metric family: its name in OpenMetrics, its escaped help, and its samples as lines of the format."""

    name: str
    type: str
    help: str
    samples: list[str] = field(default_factory=list)


def negotiate(accept: str) -> str:
    """Return the content type for an Accept header: OpenMetrics if it is preferred to the text format, else text.

    Weights as in https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1; OpenMetrics wins a tie. An invalid item is
    ignored, and text is never refused.
    """
    weights = dict.fromkeys(_VERSIONS, 0.0)
    for media_type, version, weight in _items(accept):
        if version in _VERSIONS.get(media_type, ()):
            weights[media_type] = max(weights[media_type], weight)
    openmetrics_weight, text_weight = weights.values()
    return OPENMETRICS if openmetrics_weight and openmetrics_weight >= text_weight else TEXT


def accepts_gzip(accept_encoding: str) -> bool:
    """Return whether an Accept-Encoding header takes gzip (https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3)."""
    weights = {coding: weight for coding, _, weight in _items(accept_encoding)}
    return bool(weights.get("gzip", weights.get("*", 0.0)))


def _items(header: str) -> Iterator[tuple[str, str, float]]:
    """Yield the items of an Accept header, each with its version and its weight, which is 0 if it is invalid."""
    for item in header.lower().split(","):
        name, *parameters = (part.strip() for part in item.split(";"))
        split = (parameter.partition("=") for parameter in parameters)
        values = {key.strip(): value.strip() for key, _, value in split}
        weight = values.get("q", "1")
        is_valid = re.fullmatch(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?", weight)
        yield name, values.get("version", "").strip('"'), float(weight) if is_valid else 0.0


def escaped(text: str) -> str:
    """Return a help or a label's value as both formats write it."""
    return text.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")


def render(families: Iterable[Family]) -> bytes:
    """Return the families in OpenMetrics."""
    lines: list[str] = []
    for family in families:
        lines += (f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {family.type}", *family.samples)
    return "\n".join([*lines, "# EOF\n"]).encode()


def to_text(rendered: bytes) -> bytes:
    """Return what `render` returned in the text format."""
    lines: list[str] = []
    help_text = ""
    created: tuple[str, ...] = ()
    for line in rendered.decode().removesuffix("# EOF\n").split("\n"):
        if line.startswith("# HELP "):
            help_text = line.split(" ", 3)[3].replace('\\"', '"')
        elif line.startswith("# TYPE "):
            name, kind = line.split(" ")[2:]
            # In the text format a counter has the name of its sample.
            text_name = f"{name}_total" if kind == "counter" else name
            lines += (f"# HELP {text_name} {help_text}", f"# TYPE {text_name} {kind}")
            # In the text format the time of creation would be a separate series.
            created = (f"{name}_created{{", f"{name}_created ") if kind in _COUNTED else ()
        elif not line.startswith(created):
            lines.append(line)
    return "\n".join(lines).encode()
