"""Deployments and other changes of the replicas: starts and stops within minutes are one event."""

from collections import Counter
from typing import Any

from dashboard.ranges import MINUTE, Span, clock, start_of_day

# What follows the last start or stop within this time belongs to the same event.
SAME_EVENT = 10 * MINUTE
# Replicas that Prometheus saw first together, when its first scrape came, did not start then.
SEEN_TOGETHER = MINUTE


def events(lives: dict[str, dict[str, Any]], since: float | None, span: Span) -> list[dict[str, Any]]:
    """Return the events in the range, in order of time: "1.4.0: 20 replaced 09:36–09:41".

    A range of several days has the day in the title, too.
    """
    changes = sorted(
        (life[change], change, pod)
        for pod, life in lives.items()
        for change in ("started", "stopped")
        if life.get(change) and (change == "stopped" or life[change] > (since or 0) + SEEN_TOGETHER)
    )
    found: list[list[tuple[float, str, str]]] = []
    for change in changes:
        if found and change[0] - found[-1][-1][0] <= SAME_EVENT:
            found[-1].append(change)
        else:
            found.append([change])
    dated = start_of_day(span.start) != start_of_day(span.end)
    return [_event(lives, one, dated=dated) for one in found if one[-1][0] > span.start and one[0][0] <= span.end]


def _event(lives: dict[str, dict[str, Any]], changes: list[tuple[float, str, str]], *, dated: bool) -> dict[str, Any]:
    start, end = changes[0][0], changes[-1][0]
    started, stopped = ([pod for _, name, pod in changes if name == change] for change in ("started", "stopped"))
    version, revision = (
        _most([lives[pod].get(name) for pod in started or stopped]) for name in ("version", "revision")
    )
    replaced = min(len(started), len(stopped))
    numbers = {"replaced": replaced, "started": len(started) - replaced, "stopped": len(stopped) - replaced}
    words = {kind: f"{number} {kind}" for kind, number in numbers.items() if number}
    when = clock(start, date=dated)
    if clock(end) != clock(start):
        when += f"–{clock(end, date=start_of_day(start) != start_of_day(end))}"
    return {
        "kind": next(iter(words)),
        "start": start,
        "end": end,
        "title": f"{version or 'Replicas'}: {', '.join(words.values())} {when}",
        "version": version,
        "revision": revision,
        "started": started,
        "stopped": stopped,
    }


def _most(names: list[str | None]) -> str | None:
    counted = Counter(name for name in names if name and name != "unknown")
    return counted.most_common(1)[0][0] if counted else None
