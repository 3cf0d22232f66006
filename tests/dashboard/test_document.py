"""Which replica is odd, and the order in which replicas are listed."""

import re
from typing import Any

from dashboard.counts import Counts, Labels, Row
from dashboard.document import MOST_STOPPED, document
from dashboard.ranges import find_span
from dashboard.reading import Readings
from tests.support.servers import ROOT

NOW = 1_800_000_000.0
SPAN = find_span({"range": "1h"}, NOW)
BOUNDS = (0.01, 0.1, 0.5, 1.0)
# Each replica's response time. Those before the deployment were slow; one of those after it is five times the others.
STOPPED = {"old-1": 1.0, "old-2": 1.0, "old-3": 1.0}
ALIVE = {"new-1": 0.01, "new-2": 0.01, "new-3": 0.1}


def read(
    alive: dict[str, float], stopped: dict[str, float], pod: str | None = None, most: int | None = MOST_STOPPED
) -> dict[str, Any]:
    """Return the document of replicas by their response times; each of `stopped` stopped before the one before it."""
    times = [SPAN.start, SPAN.end]
    buckets: dict[Labels, Row] = {
        (pod, str(bound)): [0.0, 100.0 if bound >= took else 0.0]
        for pod, took in (alive | stopped).items()
        for bound in (*BOUNDS, float("inf"))
    }
    lives: dict[str, dict[str, Any]] = {pod: {"started": 0.0, "stopped": None} for pod in alive}
    lives |= {pod: {"started": 0.0, "stopped": NOW - 600 - number} for number, pod in enumerate(stopped)}
    counts = {
        "requests": Counts(times, {(pod, "covilha"): [0.0, 100.0] for pod in lives}),
        "answers": Counts(times, {}),
        "buckets": Counts(times, {(pod, le.replace("inf", "+Inf")): row for (pod, le), row in buckets.items()}),
        "exceptions": Counts(times, {}),
    }
    recent = {"answers": Counts(), "buckets": Counts()}
    readings = Readings("Prometheus", scraped=NOW, alive=set(alive), recent=recent, counts=counts, lives=lives)
    return document(readings, SPAN, NOW, pod, most)


def replicas(alive: dict[str, float], stopped: dict[str, float]) -> list[tuple[str, list[str]]]:
    """Return the listed replicas and what is odd of them."""
    return [(row["pod"], row["odd"]) for row in read(alive, stopped)["replicas"]]


def test_slow_replica_is_odd_though_those_that_stopped_were_slower() -> None:
    (first, odd), *others = replicas(ALIVE, STOPPED)

    assert (first, len(odd)) == ("new-3", 1)
    assert "times the median of the replicas" in odd[0]
    assert others == [(pod, []) for pod in ("new-1", "new-2", *STOPPED)]


def test_replicas_that_stopped_are_compared_with_each_other_and_come_last() -> None:
    listed = replicas({"new-1": 1.0}, {"old-1": 0.01, "old-2": 0.01, "old-3": 1.0})

    assert [pod for pod, _ in listed] == ["new-1", "old-3", "old-1", "old-2"]
    assert [pod for pod, odd in listed if odd] == ["old-3"]


def test_of_those_that_stopped_the_newest_and_the_chosen_one_are_listed_and_a_sentence_counts_the_others() -> None:
    stopped = {f"old-{number}": 0.01 for number in range(MOST_STOPPED + 1_201)}
    document, newest = read(ALIVE, stopped, "old-1000"), list(stopped)[:MOST_STOPPED]

    assert {row["pod"] for row in document["replicas"]} == {*ALIVE, *newest, "old-1000"}
    more = "1,200 more stopped earlier. Drag over a chart to see those of fewer days."
    assert document["stats"]["replicas_more"] == more
    assert read(ALIVE, STOPPED)["stats"]["replicas_more"] == ""
    everyone = read(ALIVE, stopped, most=None)
    assert {row["pod"] for row in everyone["replicas"]} == {*ALIVE, *stopped}
    assert everyone["stats"]["replicas_more"] == ""


def test_every_figure_of_the_template_is_in_the_data() -> None:
    template = (ROOT / "dashboard/templates/dashboard/metrics.html").read_text()
    named = set(re.findall(r'data-value="(\w+)"', template)) - {"before", "start", "end"}

    assert named
    assert named <= read(ALIVE, STOPPED)["stats"].keys()
