"""The dashboard's numbers from Prometheus: many questions at the same time, one deadline for all."""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from time import monotonic
from typing import ParamSpec, Self, TypeVar

from dashboard import queries
from dashboard.data import Curve, Data
from dashboard.prometheus import Prometheus, PrometheusError, Series
from dashboard.quantiles import quantile_curves
from dashboard.ranges import Range
from dashboard.sources.history import ever
from dashboard.sources.replica_curves import busiest, marks
from dashboard.verdict import concerns

logger = logging.getLogger(__name__)

# Seconds in which all answers must be there; what comes later is left out.
DEADLINE = 3.0
QUESTIONS_AT_ONCE = 8

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class PrometheusSource:
    """The numbers as the Prometheus at `url` knows them."""

    def __init__(self, url: str, username: str | None = None, password: str | None = None) -> None:
        self._address = (url, username, password)

    def read(self, shown: Range, now: float) -> Data:
        """Return all that Prometheus answered within the deadline, and a sentence for each kind of failure."""
        with Prometheus(*self._address, timeout=DEADLINE) as prometheus, _Questions(prometheus) as questions:
            data = Data("prometheus", str(prometheus), shown, now, refresh=min(60, max(15, shown.step)))
            _fill(data, prometheus, questions)
        data.problems = list(dict.fromkeys(questions.problems)) or list(_nothing_yet(data))
        for problem in data.problems:
            logger.warning("%s", problem)
        data.concerns = [*_nothing_now(data), *concerns(data.numbers)]
        return data


class _Questions:
    """Questions under way, and the problems that came instead of answers."""

    def __init__(self, prometheus: Prometheus) -> None:
        self._prometheus = prometheus
        self._pool = ThreadPoolExecutor(QUESTIONS_AT_ONCE, thread_name_prefix="prometheus")
        self._end = monotonic() + DEADLINE
        self.problems: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def ask(self, question: Callable[Asked, Answer], *args: Asked.args, **kwargs: Asked.kwargs) -> Future[Answer]:
        """Begin to ask, on a thread of its own."""
        return self._pool.submit(question, *args, **kwargs)

    def answer(self, future: Future[Answer], otherwise: Answer) -> Answer:
        """Return the answer, or `otherwise` where it failed or did not come before the deadline."""
        try:
            if not wait([future], max(0.0, self._end - monotonic())).done:
                raise self._prometheus.late()
            return future.result()
        except PrometheusError as error:
            self.problems.append(str(error))
            return otherwise


def _nothing_yet(data: Data) -> Iterator[str]:
    if not any(chart.curves for chart in data.charts.values()):
        yield (
            f"{data.source} has no samples of homercovilha in the last {data.range.label}. "
            "If it was just set up, wait for two scrapes; else look at its targets page."
        )


def _nothing_now(data: Data) -> Iterator[str]:
    # A scrape that fails ends all its series at once: without this, a site that is gone would look well.
    if not data.problems and data.numbers["age"] is None:
        yield (
            f"{data.source} has older samples of homercovilha, and none of this moment. Either its scrapes fail, as "
            "its targets page would say, or its clock and the admin site's differ."
        )


def _fill(data: Data, prometheus: Prometheus, questions: _Questions) -> None:
    shown, now = data.range, data.at
    times = shown.times(now)

    def begin(query: str) -> Future[list[Series]]:
        return questions.ask(prometheus.curves, query, times[0], now, shown.step)

    # The heaviest question comes first.
    buckets = begin(queries.latency_buckets(shown.window))
    requests = {page: begin(queries.requests_per_second(page, shown.window)) for page in queries.PAGES}
    by_replica = begin(queries.requests_per_second_by_replica(shown.window))
    since_ever = questions.ask(ever, prometheus, now)
    presence = begin(queries.presence(shown.window))
    numbers = {name: questions.ask(prometheus.value, query, now) for name, query in queries.numbers(shown, now).items()}

    data.numbers = {name: questions.answer(number, None) for name, number in numbers.items()}
    totals: dict[str, float | None] = questions.answer(since_ever, {})
    data.numbers |= totals
    data.charts["requests"].curves = [
        Curve(page, series.at(times)) for page, asked in requests.items() for series in questions.answer(asked, [])
    ]
    data.charts["latency"].curves = quantile_curves(questions.answer(buckets, []), queries.QUANTILES, times)
    data.charts["replicas"].curves = busiest(questions.answer(by_replica, []), times)
    data.marks = marks(questions.answer(presence, []), shown)
    for chart in data.charts.values():
        chart.times = times if chart.curves else []
