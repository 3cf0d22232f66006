"""The time in Covilhã."""

import time
from datetime import datetime

from django.utils import timezone


def read() -> int:
    """Return this instant in milliseconds since 1970. The clock is read nowhere else, so that a test can set it."""
    return time.time_ns() // 1_000_000


def local(second: int) -> datetime:
    """Return a second since 1970 in Covilhã's time: WET, UTC+00:00, in winter and WEST, UTC+01:00, in summer."""
    return datetime.fromtimestamp(second, timezone.get_default_timezone())
