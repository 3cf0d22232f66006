"""The setting EXPORTER: its keys, their defaults, and which values each of them takes."""

import re
import socket
from asyncio import iscoroutinefunction
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

# https://prometheus.io/docs/concepts/data_model/
METRIC_NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*"
# Kubernetes has no longer names. With a longer one, an exposition could be larger than other replicas read.
POD_NAME = "[A-Za-z0-9._-]{1,253}"
# https://www.rfc-editor.org/rfc/rfc6750#section-2.1
BEARER_TOKEN = "[A-Za-z0-9._~+/-]+=*"  # noqa: S105 - what a token looks like, not a token.

_Check = Callable[[Any], bool]


def _text(pattern: str) -> _Check:
    return lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value))


def _each(check: _Check) -> _Check:
    return lambda values: isinstance(values, list | tuple) and all(map(check, values))


def _is_port(value: Any) -> bool:
    return type(value) is int and 1 <= value <= 65535


def _is_peer(value: Any) -> bool:
    return isinstance(value, list | tuple) and len(value) == 2 and isinstance(value[0], str) and _is_port(value[1])


def _are_views(value: Any) -> bool:
    try:
        return all(path.startswith("/") and _is_view(import_string(name)) for path, name in value.items())
    except (AttributeError, ImportError, TypeError, ValueError):
        return False


def _is_view(view: Any) -> bool:
    return callable(view) and not isinstance(view, type) and not iscoroutinefunction(view)


def _key(default: Any, is_valid: _Check, remedy: str) -> Any:
    return field(default_factory=lambda: default, metadata={"is_valid": is_valid, "remedy": remedy})


_VIEWS = _are_views, "the dotted name of a plain function for each path, such as {'/healthz': 'mysite.views.healthy'}"


@dataclass(frozen=True)
class Configuration:
    """A site's EXPORTER, with the defaults for the keys that it leaves out. docs/exporter.md says what each means."""

    # Begins the names of the exporter's own metrics, such as exporter_peer_up.
    prefix: str = _key("exporter", _text(METRIC_NAME), "the beginning of a metric's name, such as mysite")
    pod: str = _key(socket.gethostname(), _text(POD_NAME), "at most 253 letters, digits, dots, hyphens and underscores")
    version: str = _key("unknown", _text(".*"), "a string")
    revision: str = _key("unknown", _text(".*"), "a string")
    peers: Sequence[tuple[str, int]] = _key(
        [], _each(_is_peer), "a list of hosts and ports, such as [('mysite-peers', 8001)]"
    )
    is_replica: bool = _key(True, lambda value: isinstance(value, bool), "True or False")
    internal_port: int = _key(8001, _is_port, "a whole number from 1 to 65535")
    most_lines: int = _key(10_000, lambda value: type(value) is int and value > 0, "a whole number above 0")
    tokens: Sequence[str] = _key(
        [], _each(_text(BEARER_TOKEN)), "a list of strings of letters, digits and . _ ~ + / - only"
    )
    internal_views: Mapping[str, str] = _key({}, *_VIEWS)
    uncounted_views: Mapping[str, str] = _key({}, *_VIEWS)


KEYS = {each.name: each.metadata for each in fields(Configuration)}


def current() -> Configuration:
    """Return the configuration; raises TypeError for an unknown key."""
    return Configuration(**getattr(settings, "EXPORTER", {}))
