"""The values that a peer fills into the page at each request."""

from datetime import datetime
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Lisbon")


def values() -> dict[str, object]:
    """Return the time in Covilhã as the page shows it."""
    now = datetime.now(ZONE)
    return {
        "date": now.date().isoformat(),
        "time": f"{now:%H:%M:%S}",
        "epoch_milliseconds": int(now.timestamp() * 1000),
    }
