"""Curves that the page makes of snapshots, where nobody keeps a history."""

from typing import Any

import pytest

from tests.e2e.dashboard.conftest import Open

SNAPSHOTS = """async ([snapshots, range]) => {
    const { History, quantile } = await import("/static/dashboard/history.js");
    const history = new History();
    snapshots.forEach(([at, snapshot]) => history.add(at, snapshot));
    const data = { at: snapshots.at(-1)[0], range: { seconds: range }, numbers: {}, charts: {} };
    history.complete(data);
    const median = quantile(0.5, { 0.1: 10, 0.2: 30, "+Inf": 40 });
    return { ...data, median, beyond: quantile(0.99, { 0.1: 10, "+Inf": 40 }) };
}"""


def pod(requests: int, created: float = 0) -> dict[str, Any]:
    return {"homersimpson": requests, "covilha": 0, "created": created, "buckets": {"0.1": requests, "+Inf": requests}}


def test_curves_of_snapshots_are_those_of_each_replica(opened: Open) -> None:
    snapshots = [
        (1_000, {"a": pod(100), "b": pod(50)}),
        (1_010, {"a": pod(150)}),  # b does not answer.
        (1_020, {"a": pod(170), "b": pod(90), "new": pod(30, created=1_015), "late": pod(9_000)}),
        (1_030, {"a": pod(5), "b": pod(90), "late": pod(9_010)}),  # a began again, new went.
    ]
    with opened() as visited:
        data = visited.page.evaluate(SNAPSHOTS, [snapshots, 3_600])

    assert data["charts"]["requests"]["times"] == [1_010, 1_020, 1_030]
    assert data["charts"]["requests"]["curves"][0]["values"] == [5, 2 + 4 + 3, 0.5 + 0 + 1]
    assert {curve["name"]: curve["values"] for curve in data["charts"]["replicas"]["curves"]} == {
        "a": [5, 2, 0.5],
        "b": [None, 4, 0],
        "late": [None, None, 1],
        "new": [None, 3, None],
    }
    assert data["marks"] == [
        {"time": 1_015, "pod": "new", "event": "started"},
        {"time": 1_020, "pod": "new", "event": "went"},
    ]
    assert (data["median"], data["beyond"]) == (pytest.approx(0.15), 0.1)


def test_history_of_a_day_is_kept_in_few_snapshots_without_losing_a_request(opened: Open) -> None:
    snapshots = [(second * 5, {"a": pod(second * 7)}) for second in range(5_000)]
    with opened() as visited:
        data = visited.page.evaluate(SNAPSHOTS, [snapshots, 86_400])

    values = data["charts"]["requests"]["curves"][0]["values"]
    assert len(values) <= 600
    assert values == pytest.approx([7 / 5] * len(values))
    assert data["charts"]["requests"]["times"][-1] == 4_999 * 5
