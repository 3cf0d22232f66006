"""Starts and stops within minutes are one event."""

from typing import Any

import pytest

from dashboard.events import events
from dashboard.ranges import DAY, find_span

Life = dict[str, Any]

# 09:36 in Covilhã.
START = 1_795_512_960.0
SPAN = find_span({"from": str(START - 3_600), "to": str(START + 3_600)}, START + 7_200)


def life(started: float, stopped: float | None = None, version: str | None = None, revision: str = "") -> Life:
    return {"started": started, "stopped": stopped, "version": version, "revision": revision}


def titles(*lives: Life, since: float = START - 1e6) -> list[str]:
    return [event["title"] for event in events({f"pod-{n}": life for n, life in enumerate(lives)}, since, SPAN)]


def test_rolling_update_is_one_event() -> None:
    old = [life(START - 5e5, START + 15 * n + 20, "1.3.2", "aaa") for n in range(20)]
    new = [life(START + 15 * n, None, "1.4.0", "bbb") for n in range(20)]
    (event,) = events({f"pod-{n}": life for n, life in enumerate(old + new)}, START - 1e6, SPAN)

    assert (event["kind"], event["title"]) == ("replaced", "1.4.0: 20 replaced 09:36–09:41")
    assert (event["start"], event["end"]) == (START, START + 15 * 19 + 20)
    assert (event["version"], event["revision"]) == ("1.4.0", "bbb")
    assert (event["started"][0], event["stopped"][0], len(event["started"]), len(event["stopped"])) == (
        "pod-20",
        "pod-0",
        20,
        20,
    )


@pytest.mark.parametrize(
    ("lives", "title"),
    [
        ([life(START, None, "1.4.0")] * 2, "1.4.0: 2 started 09:36"),
        ([life(0, START, "1.4.0")], "1.4.0: 1 stopped 09:36"),
        ([life(START), life(START + 30), life(0, START)], "Replicas: 1 replaced, 1 started 09:36"),
    ],
)
def test_event_says_what_it_was(lives: list[Life], title: str) -> None:
    assert titles(*lives) == [title]


def test_event_in_a_range_of_several_days_says_its_day() -> None:
    span = find_span({"from": str(START - 2 * DAY), "to": str(START + 3_600)}, START + 7_200)
    found = events({"a": life(START - DAY, START + 30, "1.4.0")}, START - 1e6, span)

    assert [event["title"] for event in found] == ["1.4.0: 1 started 23 Nov 09:36", "1.4.0: 1 stopped 24 Nov 09:36"]


def test_events_far_apart_are_two_and_those_out_of_range_none() -> None:
    assert len(titles(life(START - 1_500), life(START))) == 2
    assert titles(life(START - 9_000, START + 9_000), life(START + 9_000)) == []


def test_replicas_that_were_there_at_the_first_sample_did_not_start() -> None:
    assert titles(life(START), life(START + 60), since=START) == []
