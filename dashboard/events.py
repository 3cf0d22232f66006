"""Deployments and other changes of the replicas: starts and stops within minutes are one event."""

from collections import Counter
from collections.abc import Iterable
from typing import Literal

from dashboard.figures import Event, Span
from dashboard.ranges import MINUTE, clock, midnight
from dashboard.readings import Life

# What follows the last start or stop within this time belongs to the same event.
SAME_EVENT = 10 * MINUTE
# Replicas that Prometheus saw first together, when it began to look, did not start then.
SEEN_TOGETHER = MINUTE


def events(lives: dict[str, Life], since: float | None, span: Span) -> list[Event]:
    """Return the events in the range, in order of time."""
    changes = sorted(
        [
            (life.first, "started", pod)
            for pod, life in lives.items()
            if life.first and life.first > (since or 0) + SEEN_TOGETHER
        ]
        + [(life.last, "stopped", pod) for pod, life in lives.items() if life.last]
    )
    found: list[list[tuple[float, str, str]]] = []
    for change in changes:
        if found and change[0] - found[-1][-1][0] <= SAME_EVENT:
            found[-1].append(change)
        else:
            found.append([change])
    return [
        _event(lives, together) for together in found if together[-1][0] > span.start and together[0][0] <= span.end
    ]


def _event(lives: dict[str, Life], changes: list[tuple[float, str, str]]) -> Event:
    start, end = changes[0][0], changes[-1][0]
    started = [pod for _, change, pod in changes if change == "started"]
    stopped = [pod for _, change, pod in changes if change == "stopped"]
    version = _most(lives[pod].version for pod in started or stopped)
    revision = _most(lives[pod].revision for pod in started or stopped)
    replaced = min(len(started), len(stopped))
    words = [
        f"{number} {word}"
        for number, word in (
            (replaced, "replaced"),
            (len(started) - replaced, "started"),
            (len(stopped) - replaced, "stopped"),
        )
        if number
    ]
    same_day = midnight(start) == midnight(end)
    when = clock(start, date=False)
    if clock(end) != clock(start):
        when += f"–{clock(end, date=not same_day)}"
    kind: Literal["replaced", "started", "stopped"] = "replaced" if replaced else "started" if started else "stopped"
    title = f"{version or 'Replicas'}: {', '.join(words)} {when}"
    return Event(kind, start, end, title, version, revision, started, stopped)


def _most(names: Iterable[str | None]) -> str | None:
    counted = Counter(name for name in names if name and name != "unknown")
    return counted.most_common(1)[0][0] if counted else None
