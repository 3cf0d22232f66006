"""Whether the site is healthy now: checks of the last 5 minutes, whatever the range."""

from dashboard import written
from dashboard.charts import SCRAPES
from dashboard.figures import Check, Health, State
from dashboard.quantiles import quantile
from dashboard.readings import Counts, Labels, Recent

TITLES: dict[State, str] = {
    "ok": "Healthy",
    "unknown": "Unknown",
    "warning": "Needs attention",
    "critical": "Critical",
}
WORST = list(TITLES)

# Prometheus scrapes every 15 seconds: these are four missed scrapes, and twelve.
LATE_SCRAPE, LOST_SCRAPE = 60, 180
# Percent of the answers; a lone error is never critical.
ERRORS_WARNING, ERRORS_CRITICAL, FEW_ERRORS = 1.0, 5.0, 3
# Slower than at the same hour yesterday by this factor, unless it is fast still; and slow whatever was yesterday.
SLOWER, MUCH_SLOWER, FAST, SLOW, VERY_SLOW = 2.0, 5.0, 0.010, 0.5, 2.0
# So many answers tell a quantile.
ENOUGH = {0.95: 20, 0.99: 100}


def health(recent: Recent, now: float) -> Health:
    """Return all checks, and the worst of their states."""
    checks = [_scrape(recent, now), _replicas(recent), _errors(recent), _latency(recent), *_alerts(recent)]
    state = max((check.state for check in checks), key=WORST.index)
    return Health(state, TITLES[state], checks)


def of_visitors(labels: Labels) -> bool:
    """Return whether an answer, by pod, view, status and method, is a visitor's: of a page, or an error of the site.

    Scrapes are not, nor is what leads to no view: static files, and paths that do not exist.
    """
    _, view, status, _ = labels
    return view != SCRAPES and ":" not in view and (view != "<unnamed view>" or status.startswith("5"))


def is_error(labels: Labels) -> bool:
    """Return whether a visitor's answer is an error of the site."""
    return of_visitors(labels) and labels[2].startswith("5")


def _scrape(recent: Recent, now: float) -> Check:
    if recent.scraped is None:
        sentence = "Prometheus has no sample of the last hour. Its targets page says why its scrapes fail."
        return Check("scrape", "Scrape", "critical", sentence, "requests")
    age = max(0.0, now - recent.scraped)
    sentence = f"The last scrape was {written.seconds(round(age) or 1)} ago."
    if age > LATE_SCRAPE:
        sentence += " The targets page of Prometheus says why there is no newer one."
    state: State = "ok" if age <= LATE_SCRAPE else "warning" if age <= LOST_SCRAPE else "critical"
    return Check("scrape", "Scrape", state, sentence, "requests")


def _replicas(recent: Recent) -> Check:
    up, known = recent.replicas_up, recent.replicas_known
    if up is None or known is None:
        return Check("replicas", "Replicas", "unknown", "It is not known which replicas there are.", "replicas")
    if up >= known > 0:
        return Check("replicas", "Replicas", "ok", f"{written.count(known, 'replica')} up.", "replicas")
    missing = known - up
    sentence = (
        f"{missing} of {written.count(known, 'replica')} {'does' if missing == 1 else 'do'} not answer. "
        "See kubectl get pods, and the log of those that are not ready."
    )
    return Check("replicas", "Replicas", "warning" if up else "critical", sentence, "replicas")


def _errors(recent: Recent) -> Check:
    answers = recent.answers
    if len(answers.times) < 2:
        return Check("errors", "Server errors", "unknown", "It is not known what was answered.", "answers")
    end = answers.times[-1]
    worst = (0.0, 0, 0, "5 minutes")
    for begin, label in zip(answers.times[:-1], ("5 minutes", "minute"), strict=False):
        failed, total = answers.total(begin, end, is_error), answers.total(begin, end, of_visitors)
        share = 100 * failed / total if total else 0.0
        if share > worst[0] or not worst[2]:
            worst = max(worst, (share, failed, total, label))
    share, failed, total, label = worst
    if not total:
        return Check("errors", "Server errors", "ok", "No visitor came in the last 5 minutes.", "answers")
    state: State = "ok" if share <= ERRORS_WARNING else "warning"
    if share > ERRORS_CRITICAL and failed >= FEW_ERRORS:
        state = "critical"
    sentence = f"{failed:,} of {written.count(total, 'answer')} in the last {label} failed ({written.percent(share)})."
    if state != "ok":
        sentence += " The log of the replicas has the traceback of each."
    return Check("errors", "Server errors", state, sentence, "answers")


def _latency(recent: Recent) -> Check:
    now, usual = _buckets(recent.buckets), _buckets(recent.usual)
    if now is None:
        return Check("latency", "Response time", "unknown", "It is not known how long answers take.", "latency")
    found: list[tuple[int, str]] = []
    for share, enough in ENOUGH.items():
        took = quantile(share, now)
        if took is None or now.get("+Inf", 0) < enough:
            continue
        before = quantile(share, usual) if usual and usual.get("+Inf", 0) >= enough else None
        name = f"p{share * 100:.0f}"
        sentence = f"{name} is {written.seconds(took)}"
        sentence += (
            f"; {written.seconds(before)} at this hour yesterday." if before else ", unknown at this hour yesterday."
        )
        slower = took / before if before and took > FAST else 1.0
        critical = (slower > MUCH_SLOWER and took > SLOW) or took > VERY_SLOW
        found.append((3 if critical else 2 if slower > SLOWER or took > SLOW else 0, sentence))
    if not found:
        return Check("latency", "Response time", "ok", "Too few visitors came in the last 5 minutes.", "latency")
    rank, sentence = max(found, key=lambda one: one[0])
    return Check("latency", "Response time", WORST[rank], sentence, "latency")


def _buckets(counts: Counts) -> dict[str, int] | None:
    if len(counts.times) < 2:
        return None
    return counts.by(lambda labels: labels[1], counts.times[0], counts.times[-1])


def _alerts(recent: Recent) -> list[Check]:
    if recent.alerts is None:
        return []
    if not recent.alerts:
        return [Check("alerts", "Alerts", "ok", "No alert is firing.", "requests")]
    state: State = "critical" if any(alert.severity == "critical" for alert in recent.alerts) else "warning"
    sentence = " ".join(f"{alert.name}: {alert.summary}" for alert in recent.alerts)
    return [Check("alerts", written.count(len(recent.alerts), "alert"), state, sentence, "requests")]
