"""The setting EXPORTER: its keys and their defaults. exporter/checks.py says what is wrong with a site's values."""

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings


@dataclass(frozen=True)
class Configuration:
    """A site's EXPORTER, with the defaults for the keys that it leaves out."""

    # Begins the names of the exporter's own metrics, such as exporter_peer_up.
    prefix: str = "exporter"
    # The label `pod` of each series: a name that no other replica has.
    pod: str = field(default_factory=socket.gethostname)
    # The labels of <prefix>_build_info.
    version: str = "unknown"
    revision: str = "unknown"
    # Host and internal port of each replica; a name means all its addresses.
    peers: list[tuple[str, int]] = field(default_factory=list)
    # Whether this process is one of the replicas that `peers` is about.
    is_replica: bool = True
    # The port that serves this replica's own metrics, and nothing of the site.
    internal_port: int = 8001
    # Bearer tokens of which the public /metrics requires one; if there are none, anybody may read it.
    tokens: list[str] = field(default_factory=list)
    # Further views of the internal port, and views of the public port that are not counted and accept any Host header,
    # such as health checks: the view's dotted name by its path.
    internal_views: Mapping[str, str] = field(default_factory=dict)
    uncounted_views: Mapping[str, str] = field(default_factory=dict)


def current() -> Configuration:
    """Return the configuration; raises TypeError for an unknown key."""
    return Configuration(**getattr(settings, "EXPORTER", {}))
