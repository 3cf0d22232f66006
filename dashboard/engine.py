"""Makes the documents out of a source's readings: the same for every source."""

from dashboard.charts import charts, sparkline
from dashboard.document import Data, Now
from dashboard.events import events
from dashboard.figures import Answers, Exceptions, Health, PageStats, Span, Stats
from dashboard.health import health, is_error, of_visitors
from dashboard.quantiles import QUANTILES, quantile
from dashboard.queries import PAGES
from dashboard.ranges import HOUR, MINUTE, previous, today
from dashboard.readings import Counts, Labels, Readings
from dashboard.replicas import replicas
from dashboard.written import change


def document(readings: Readings, span: Span, now: float, pod: str | None) -> Data:
    """Return all that the page shows of a range; `pod` is the replica whose series is compared with the others."""
    data = Data(now, _refresh(span), readings.source, span, problems=readings.problems)
    if not readings.source.available:
        return data
    data.health = health(readings.recent, now)
    data.stats = _stats(readings, span)
    data.pages = [_page(readings, page, span, now) for page in PAGES]
    data.charts = charts(readings, span, pod)
    data.answers = [
        Answers(view, status, method, count) for (view, status, method), count in _counted(readings.answers, span)
    ]
    data.answers.sort(key=lambda row: not row.status.startswith("5"))
    data.exceptions = [Exceptions(name, count) for (name,), count in _counted(readings.exceptions, span)]
    data.replicas = replicas(readings, span, now)
    data.events = events(readings.lives, readings.since, span)
    if not readings.problems and not any(chart.series for chart in data.charts.values()):
        data.problems = [f"{readings.source.name} has no samples of homercovilha in this range."]
    return data


def health_now(readings: Readings, now: float) -> Now:
    """Return the health alone."""
    made = Now(now, readings.source, Health(), problems=readings.problems)
    if readings.source.available:
        made.health = health(readings.recent, now)
    return made


def _refresh(span: Span) -> int:
    return max(15, min(span.step, 5 * MINUTE)) if span.live else HOUR


def _stats(readings: Readings, span: Span) -> Stats:
    stats = Stats(replicas_up=readings.recent.replicas_up, replicas_known=readings.recent.replicas_known)
    if readings.answers.times:
        stats.responses = readings.answers.total(span.start, span.end, of_visitors)
        stats.errors = readings.answers.total(span.start, span.end, is_error)
        stats.errors_percent = round(100 * stats.errors / stats.responses, 3) if stats.responses else None
    if readings.buckets.times:
        counted = readings.buckets.by(lambda labels: labels[1], span.start, span.end)
        for name, share in QUANTILES.items():
            setattr(stats, name, quantile(share, counted))
    return stats


def _page(readings: Readings, page: str, span: Span, now: float) -> PageStats:
    stats = PageStats(page, f"/{page}", all_time=readings.all_time.get(page), since=readings.since)
    requests = readings.requests
    if not requests.pods(now):
        return stats

    def total(begin: float, end: float) -> int | None:
        return requests.total(begin, end, lambda labels: labels[1] == page)

    def total_if_known(begin: float, end: float) -> int | None:
        return total(begin, end) if requests.pods(begin) else None

    yesterday, this_time_yesterday, midnight = today(now)
    stats.total, stats.previous = total(span.start, span.end), total_if_known(*previous(span))
    stats.change = change(stats.previous, stats.total)
    stats.today, stats.yesterday = total(midnight, now), total_if_known(yesterday, this_time_yesterday)
    stats.today_change = change(stats.yesterday, stats.today)
    stats.rate = round((total(now - 5 * MINUTE, now) or 0) / (5 * MINUTE), 3)
    counted = requests.summed(lambda labels: labels[1] if labels[1] == page else None)
    stats.sparkline = sparkline(counted.get(page, [0.0] * len(requests.times)), requests, span)
    return stats


def _counted(counts: Counts, span: Span) -> list[tuple[Labels, int]]:
    counted = counts.by(lambda labels: labels[1:], span.start, span.end)
    return sorted(((labels, count) for labels, count in counted.items() if count), key=lambda row: (-row[1], row[0]))
