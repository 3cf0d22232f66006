"""The two formats of an exposition, and which of them a client gets.

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

# The text format knows fewer types: https://prometheus.io/docs/specs/om/open_metrics_spec/#overall-structure
_TEXT_TYPES = {"unknown": "untyped", "info": "gauge", "stateset": "gauge"}
_COUNTED = frozenset({"counter", "histogram"})

# The empty one is an item that names no version.
_OPENMETRICS_VERSIONS = frozenset({"", "1.0.0"})
_TEXT_VERSIONS = frozenset({"", "0.0.4"})


@dataclass
class Family:
    """A metric family: `name` as OpenMetrics has it, `help` and each of `samples` as they stand in the format."""

    name: str
    type: str
    help: str
    samples: list[str] = field(default_factory=list)


def negotiate(accept: str) -> str:
    """Return the content type for an Accept header: OpenMetrics where it is preferred to the text format, else text.

    Weights as in https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1; of equal ones OpenMetrics wins. An item
    that cannot be read counts as not there, and text is never refused.
    """
    openmetrics_weight = text_weight = 0.0
    for item in accept.lower().split(","):
        media_type, *parameters = (part.strip() for part in item.split(";"))
        if media_type == "application/openmetrics-text" and _version(parameters) in _OPENMETRICS_VERSIONS:
            openmetrics_weight = max(openmetrics_weight, _weight(parameters))
        elif media_type == "text/plain" and _version(parameters) in _TEXT_VERSIONS:
            text_weight = max(text_weight, _weight(parameters))
    return OPENMETRICS if openmetrics_weight and openmetrics_weight >= text_weight else TEXT


def accepts_gzip(accept_encoding: str) -> bool:
    """Return whether an Accept-Encoding header takes gzip (https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3)."""
    weights = {}
    for item in accept_encoding.lower().split(","):
        coding, *parameters = (part.strip() for part in item.split(";"))
        weights[coding] = _weight(parameters)
    return bool(weights.get("gzip", weights.get("*", 0.0)))


def _version(parameters: list[str]) -> str:
    versions = [value.strip().strip('"') for name, _, value in _pairs(parameters) if name == "version"]
    return versions[0] if versions else ""


def _weight(parameters: list[str]) -> float:
    """Return the weight q, 0 where it is no weight."""
    weights = [value.strip() for name, _, value in _pairs(parameters) if name == "q"]
    if not weights:
        return 1.0
    return float(weights[0]) if re.fullmatch(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?", weights[0]) else 0.0


def _pairs(parameters: list[str]) -> Iterator[tuple[str, str, str]]:
    return (parameter.partition("=") for parameter in parameters)


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
