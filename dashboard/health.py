"""Whether the site is healthy now: checks of the last 5 minutes, whatever the range."""

from collections.abc import Iterator
from typing import Any

from dashboard import words
from dashboard.counts import Counts, Labels, name_of
from dashboard.quantiles import quantile
from dashboard.reading import Readings

TITLES = {"ok": "Healthy", "unknown": "Unknown", "warning": "Needs attention", "critical": "Critical"}
WORST = list(TITLES)
# What Prometheus scrapes is not an answer to a visitor.
SCRAPES = "metrics"

# So many scrapes are missed.
LATE, LOST = 4, 12
# Percent of the answers; a lone error is never critical.
ERRORS_WARNING, ERRORS_CRITICAL, FEW_ERRORS = 1.0, 5.0, 3
# Slower than at the same hour yesterday by this factor, unless it is still fast; and slow whatever was yesterday.
SLOWER, MUCH_SLOWER, FAST, SLOW, VERY_SLOW = 2.0, 5.0, 0.010, 0.5, 2.0
# A quantile needs so many answers.
ENOUGH = {0.95: 20, 0.99: 100}

# A state and a sentence.
Judgement = tuple[str, str]
Check = dict[str, str]


def health(readings: Readings, now: float) -> dict[str, Any]:
    """Return the worst state of all checks, and the checks, each with the chart that shows more."""
    alerts = readings.alerts
    found = [
        ("scrape", "Scrape", "requests", _scrape(readings, now)),
        ("replicas", "Replicas", "replicas", _replicas(readings.up, readings.known)),
        ("errors", "Server errors", "answers", _errors(readings.recent["answers"])),
        ("latency", "Response time", "latency", _latency(readings.recent["buckets"], readings.usual)),
    ]
    if alerts is not None:
        found.append(("alerts", words.count(len(alerts), "alert") if alerts else "Alerts", "requests", _alerts(alerts)))
    checks = [
        {"name": name, "title": title, "state": state, "sentence": sentence, "chart": chart}
        for name, title, chart, (state, sentence) in found
    ]
    state = max((check["state"] for check in checks), key=WORST.index)
    return {"state": state, "title": TITLES[state], "checks": checks}


def of_visitors(labels: Labels) -> bool:
    """Return whether an answer, by pod, view, status and method, is a visitor's: of a page, or an error of the site.

    Scrapes are not, nor is what leads to no view: static files, and paths that do not exist.
    """
    _, view, status, _ = labels
    return view != SCRAPES and ":" not in view and (view != "<unnamed view>" or status.startswith("5"))


def failed(answers: Counts, begin: float, end: float) -> tuple[int, int]:
    """Return how many answers to visitors were errors of the site, and how many there were."""
    counted = answers.by(lambda labels: of_visitors(labels) and labels[2][:1], begin, end)
    return counted.get("5", 0), sum(count for status, count in counted.items() if status)


def _scrape(readings: Readings, now: float) -> Judgement:
    if readings.scraped is None:
        return "critical", "Prometheus has no sample of the last hour. Its targets page says why its scrapes fail."
    age, interval = max(0.0, now - readings.scraped), readings.interval
    sentence = f"The last scrape was {words.seconds(round(age) or 1)} ago."
    if age <= LATE * interval:
        return "ok", sentence
    sentence += " The targets page of Prometheus says why there is no newer one."
    return "warning" if age <= LOST * interval else "critical", sentence


def _replicas(up: int | None, known: int | None) -> Judgement:
    if up is None or known is None:
        return "unknown", "It is not known which replicas there are."
    if up >= known > 0:
        return "ok", f"{words.count(known, 'replica')} up."
    missing = f"{known - up} of {words.count(known, 'replica')} {'does' if known - up == 1 else 'do'} not answer."
    return "warning" if up else "critical", f"{missing} See kubectl get pods, and the log of those that are not ready."


def _errors(answers: Counts) -> Judgement:
    if len(answers.times) < 2:
        return "unknown", "It is not known what was answered."
    found = []
    for begin, label in zip(answers.times, ("5 minutes", "minute"), strict=False):
        errors, total = failed(answers, begin, answers.times[-1])
        found.append((100 * errors / total if total else 0.0, errors, total, label))
    share, errors, total, label = max(found)
    if not total:
        return "ok", "No visitor came in the last 5 minutes."
    sentence = f"{errors:,} of {words.count(total, 'answer')} in the last {label} failed ({words.percent(share)})."
    if share <= ERRORS_WARNING:
        return "ok", sentence
    state = "critical" if share > ERRORS_CRITICAL and errors >= FEW_ERRORS else "warning"
    return state, f"{sentence} The log of the replicas has the traceback of each."


def _latency(recent: Counts, before: Counts) -> Judgement:
    now, usual = _buckets(recent), _buckets(before)
    if not now:
        return "unknown", "It is not known how long answers take."
    found = list(_slowness(now, usual))
    return (
        max(found, key=lambda one: WORST.index(one[0]))
        if found
        else ("ok", "Too few visitors came in the last 5 minutes.")
    )


def _slowness(now: dict[str, int], usual: dict[str, int]) -> Iterator[Judgement]:
    for share, enough in ENOUGH.items():
        took = quantile(share, now)
        if took is None or now.get("+Inf", 0) < enough:
            continue
        before = quantile(share, usual) if usual.get("+Inf", 0) >= enough else None
        compared = (
            f"; {words.seconds(before)} at this hour yesterday." if before else ", unknown at this hour yesterday."
        )
        slower = took / before if before and took > FAST else 1.0
        critical = (slower > MUCH_SLOWER and took > SLOW) or took > VERY_SLOW
        state = "critical" if critical else "warning" if slower > SLOWER or took > SLOW else "ok"
        yield state, f"p{share * 100:.0f} is {words.seconds(took)}{compared}"


def _buckets(counts: Counts) -> dict[str, int]:
    return counts.by(name_of, counts.times[0], counts.times[-1]) if counts.times else {}


def _alerts(alerts: list[dict[str, str]]) -> Judgement:
    state = "critical" if any(alert["severity"] == "critical" for alert in alerts) else "warning"
    sentence = " ".join(f"{alert['name']}: {alert['summary']}" for alert in alerts)
    return (state, sentence) if alerts else ("ok", "No alert is firing.")
