"""The dashboard's readings from the replicas themselves: their counters now, and the samples kept of the last day."""

import logging
from bisect import bisect_right
from math import floor, inf

from django.conf import settings

from dashboard.figures import Source, Span
from dashboard.queries import PAGES
from dashboard.ranges import DAY, HOUR, MINUTE, all_times, recent_times
from dashboard.readings import Counts, Labels, Life, Readings, Recent, Row
from dashboard.sources.sampling import Taken, kept, take
from exporter.sharing import BusyError

logger = logging.getLogger(__name__)

NAME = "The replicas themselves"


def read_range(span: Span, now: float) -> Readings:
    """Return what is known of a range."""
    history, readings = _history(now)
    if not history:
        return readings
    requests, times = all_times(span, now)
    readings.requests = _counts(history, "requests", requests)
    readings.answers, readings.buckets, readings.exceptions = (
        _counts(history, kind, times) for kind in ("answers", "buckets", "exceptions")
    )
    readings.lives = _lives(history, span)
    readings.alive = set(history[-1].pods)
    readings.all_time = _ever(history)
    created = [counters["created"] for taken in history for counters in taken.pods.values() if "created" in counters]
    readings.since = min(map(float, created), default=None)
    return readings


def read_now(now: float) -> Readings:
    """Return what is known of the last minutes."""
    return _history(now)[1]


def read_times(times: list[float], now: float) -> Readings:
    """Return what is known of some moments."""
    history, readings = _history(now)
    readings.requests, readings.answers, readings.buckets = (
        _counts(history, kind, times) for kind in ("requests", "answers", "buckets")
    )
    return readings


def _history(now: float) -> tuple[list[Taken], Readings]:
    """Return all samples, the last of this moment, and readings with what is known of the last minutes."""
    readings = Readings(Source("replicas", NAME, available=False))
    if not settings.EXPORTER["peers"] and not settings.EXPORTER["is_replica"]:
        readings.problems = [
            "Neither PROMETHEUS_URL nor PEERS is set, so there is nobody to ask. Set PROMETHEUS_URL to the "
            "address of Prometheus, or PEERS to the replicas, such as homercovilha-peers:8001."
        ]
        return [], readings
    try:
        taken = take(now)
    except BusyError as error:
        readings.problems = [f"The replicas were not asked: {error}"]
        logger.warning("%s", readings.problems[0])
        return [], readings
    history = [*kept(now), taken]
    usual = now - DAY
    readings.source = Source("replicas", NAME, scraped=now)
    readings.recent = Recent(
        _counts(history, "answers", recent_times(now)),
        _counts(history, "buckets", recent_times(now)),
        _counts(history, "buckets", [usual - HOUR / 2, usual + HOUR / 2]),
        now,
        taken.up,
        taken.known,
    )
    return history, readings


def _ever(history: list[Taken]) -> dict[str, int]:
    rows: dict[Labels, Row] = {}
    for number, taken in enumerate(history):
        for pod, counters in taken.pods.items():
            for page in PAGES:
                rows.setdefault((pod, page), [None] * len(history))[number] = float(counters.get(f"requests/{page}", 0))
    return Counts([taken.at for taken in history], rows).by(lambda labels: labels[1], -1, history[-1].at)


def _counts(history: list[Taken], kind: str, times: list[float]) -> Counts:
    """Return the counters of one kind at rising `times`; between two samples they are taken to have risen evenly."""
    seen: dict[Labels, list[tuple[float, float]]] = {}
    for taken in history:
        for pod, counters in taken.pods.items():
            for name, value in counters.items():
                if name.startswith(f"{kind}/"):
                    labels = (pod, *name.split("/")[1:])
                    samples = seen.setdefault(labels, _beginning(history, counters))
                    samples.append((taken.at, float(value)))
    return Counts(times, {labels: _row(samples, times) for labels, samples in seen.items()})


def _beginning(history: list[Taken], counters: dict[str, float | str]) -> list[tuple[float, float]]:
    """Return the sample of 0 when the pod was created, or nothing if that is too long ago to be shown."""
    created = float(counters.get("created", 0))
    return [(created, 0.0)] if created > history[-1].at - DAY else []


def _row(samples: list[tuple[float, float]], times: list[float]) -> Row:
    # What was counted before anybody looked belongs to no time.
    base = samples[0][1]
    samples = [(at, value - base if value >= base else value) for at, value in samples]
    row: Row = []
    for at in times:
        after = bisect_right(samples, (at, inf))
        if after == 0:
            row.append(None)
        elif after == len(samples):
            row.append(samples[-1][1] if at - samples[-1][0] < MINUTE else None)
        else:
            (begin, low), (end, high) = samples[after - 1 : after + 1]
            row.append(low + floor((high - low) * (at - begin) / (end - begin)) if high >= low else low)
    return row


def _lives(history: list[Taken], span: Span) -> dict[str, Life]:
    lives: dict[str, Life] = {}
    for taken in history:
        for pod, counters in taken.pods.items():
            version, revision = (str(counters.get(name, "")) or None for name in ("version", "revision"))
            lives[pod] = Life(float(counters.get("created", taken.at)), taken.at, version, revision)
    missing = history[-1].known - history[-1].up
    lost = sorted((life.last or 0, pod) for pod, life in lives.items() if pod not in history[-1].pods)
    for pod in [*history[-1].pods, *(pod for _, pod in lost[len(lost) - missing :] if missing > 0)]:
        lives[pod].last = None
    return {
        pod: life
        for pod, life in lives.items()
        if (life.first or 0) < span.end and not (life.last and life.last < span.start)
    }
