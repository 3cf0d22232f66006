"""The two formats of an exposition, and which of them a client gets.

OpenMetrics 1.0: https://prometheus.io/docs/specs/om/open_metrics_spec/
The text format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, choose_encoder
from prometheus_client.openmetrics import exposition as openmetrics

OPENMETRICS = openmetrics.CONTENT_TYPE_LATEST
TEXT = CONTENT_TYPE_PLAIN_0_0_4

# The text format knows fewer types: https://prometheus.io/docs/specs/om/open_metrics_spec/#overall-structure
_TEXT_TYPES = {"unknown": "untyped", "info": "gauge", "stateset": "gauge"}
_COUNTED = frozenset({"counter", "histogram", "summary"})


@dataclass
class Family:
    """A metric family: `name` as OpenMetrics has it, `help` and each of `samples` as they stand in the format."""

    name: str
    type: str
    help: str
    samples: list[str] = field(default_factory=list)


def negotiate(accept: str) -> str:
    """Return the content type for an Accept header: OpenMetrics where it is asked for, else the text format."""
    _, content_type = choose_encoder(accept)
    return OPENMETRICS if content_type.startswith("application/openmetrics-text") else TEXT


def accepts_gzip(accept_encoding: str) -> bool:
    """Return whether an Accept-Encoding header takes gzip (https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3)."""
    codings = {}
    for item in accept_encoding.lower().split(","):
        name, _, weight = item.partition(";")
        codings[name.strip()] = weight.replace(" ", "")
    weight = codings.get("gzip", codings.get("*", "q=0"))
    return not re.fullmatch(r"q=0(\.0*)?", weight)


def render(families: Iterable[Family], content_type: str) -> bytes:
    """Return the families in the format of the content type."""
    lines = _openmetrics(families) if content_type == OPENMETRICS else _text(families)
    return "".join(f"{line}\n" for line in lines).encode()


def _openmetrics(families: Iterable[Family]) -> Iterator[str]:
    for family in families:
        yield f"# HELP {family.name} {family.help}"
        yield f"# TYPE {family.name} {family.type}"
        yield from family.samples
    yield "# EOF"


def _text(families: Iterable[Family]) -> Iterator[str]:
    for family in families:
        name = f"{family.name}_total" if family.type == "counter" else family.name
        help_text = family.help.replace('\\"', '"')
        yield f"# HELP {name} {help_text}"
        yield f"# TYPE {name} {_TEXT_TYPES.get(family.type, family.type)}"
        created = f"{family.name}_created" if family.type in _COUNTED else None
        for sample in family.samples:
            # The time of creation has no place in the text format: there it would be a series of its own.
            if created is None or not sample.startswith((f"{created}{{", f"{created} ")):
                yield sample
