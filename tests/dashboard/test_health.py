"""What the health says of the last 5 minutes."""

from typing import Any

import pytest

from dashboard.counts import Counts
from dashboard.health import Check, health
from dashboard.ranges import recent_times
from dashboard.reading import Readings

NOW = 1_800_000_000.0
TIMES = recent_times(NOW)
DAY_AGO = [NOW - 86_400 - 1_800, NOW - 86_400 + 1_800]


def answers(failed: int = 0, total: int = 1_000, *, last_minute: bool = False) -> Counts:
    """Return as many visitors' answers in the last 5 minutes, and many more of scrapes and static files."""
    before = [0.0, 0.0] if last_minute else [0.0, float(failed)]
    return Counts(
        TIMES,
        {
            ("a", "covilha", "500", "GET"): [*before, failed],
            ("a", "covilha", "200", "GET"): [0, (total - failed) * 0.8, total - failed],
            ("a", "metrics", "200", "GET"): [0, 50_000, 60_000],
            ("a", "<unnamed view>", "200", "GET"): [0, 50_000, 60_000],
            ("a", "<unnamed view>", "404", "GET"): [0, 50_000, 60_000],
        },
    )


def buckets(times: list[float], fast: int, slow: int, *, count: int = 1_000) -> Counts:
    """Return answers of which `fast` percent took at most 1 ms, `slow` percent 250 to 500 ms, the others 50 ms."""
    at = {"0.001": fast, "0.05": 100 - slow, "0.25": 100 - slow, "0.5": 100, "+Inf": 100}
    return Counts(times, {("a", le): [0.0, share * count / 100] for le, share in at.items()})


def readings(**changed: Any) -> Readings:
    recent = {
        "answers": changed.pop("answers", answers(1)),
        "buckets": changed.pop("buckets", buckets(TIMES[::2], 99, 0)),
    }
    well: dict[str, Any] = {
        "usual": buckets(DAY_AGO, 99, 0),
        "scraped": NOW - 12,
        "up": 3,
        "known": 3,
    }
    return Readings("Prometheus", recent=recent, **(well | changed))


def firing(name: str, severity: str, summary: str) -> dict[str, Any]:
    return {"alerts": [{"name": name, "severity": severity, "summary": summary}]}


def check(name: str, **changed: Any) -> Check:
    made = health(readings(**changed), NOW)
    found: Check
    (found,) = [one for one in made["checks"] if one["name"] == name]
    assert (made["state"], made["title"] == "Healthy") == (found["state"], found["state"] == "ok")
    return found


def test_all_is_well() -> None:
    made = health(readings(alerts=[]), NOW)

    assert [one["state"] for one in made["checks"]] == ["ok"] * 5
    assert [one["chart"] for one in made["checks"]] == ["requests", "replicas", "answers", "latency", "requests"]
    assert made["title"] == "Healthy"


@pytest.mark.parametrize(
    ("name", "changed", "state", "sentence"),
    [
        ("scrape", {"scraped": NOW - 61}, "warning", "The last scrape was 61 s ago. The targets page"),
        ("scrape", {"scraped": NOW - 240}, "critical", "The last scrape was 4 minutes ago."),
        ("scrape", {"scraped": None}, "critical", "no sample of the last hour"),
        ("replicas", {"up": 2}, "warning", "1 of 3 replicas does not answer."),
        ("replicas", {"up": 0}, "critical", "3 of 3 replicas do not answer."),
        ("errors", {"answers": answers(300)}, "critical", "300 of 1,000 answers in the last 5 minutes failed (30 %)."),
        ("errors", {"answers": answers(20)}, "warning", "20 of 1,000 answers in the last 5 minutes failed (2 %)."),
        ("errors", {"answers": answers(20, last_minute=True)}, "critical", "in the last minute failed (9.26 %)."),
        ("errors", {"answers": answers(1, 5)}, "warning", "1 of 5 answers"),
        ("latency", {"buckets": buckets(TIMES[::2], 96, 2)}, "warning", "p99 is 375 ms; 1 ms at this hour yesterday."),
        ("latency", {"buckets": buckets(TIMES[::2], 0, 90)}, "warning", "at this hour yesterday."),
        ("alerts", firing("Slow", "warning", "It is slow."), "warning", "Slow: It is slow."),
        ("alerts", firing("Down", "critical", "It is down."), "critical", "Down: It is down."),
    ],
)
def test_what_is_not_well_is_said(name: str, changed: dict[str, Any], state: str, sentence: str) -> None:
    found = check(name, **changed)

    assert found["state"] == state
    assert sentence in found["sentence"]


@pytest.mark.parametrize(
    ("name", "changed", "sentence"),
    [
        ("scrape", {"scraped": NOW - 200, "interval": 60.0}, "The last scrape was 3 minutes ago."),
        ("errors", {"answers": answers(0, 0)}, "No visitor came in the last 5 minutes."),
        ("latency", {"buckets": buckets(TIMES[::2], 0, 100, count=10)}, "Too few visitors came"),
        ("latency", {"usual": Counts([], {})}, "unknown at this hour yesterday."),
    ],
)
def test_what_is_usual_or_too_little_to_judge_is_no_warning(name: str, changed: dict[str, Any], sentence: str) -> None:
    assert sentence in check(name, **changed)["sentence"]


def test_what_nobody_knows_is_not_called_well() -> None:
    made = health(Readings("Prometheus", scraped=NOW, recent={"answers": Counts(), "buckets": Counts()}), NOW)

    assert made["state"] == "unknown"
    assert [one["state"] for one in made["checks"]] == ["ok", "unknown", "unknown", "unknown"]
