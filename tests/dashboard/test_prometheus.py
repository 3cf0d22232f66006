"""What the dashboard makes of the answers of Prometheus, right and wrong."""

import base64
import time
from math import nan

import pytest
from pytest_django import Settings

from dashboard.document import Row, document
from dashboard.ranges import find_span
from dashboard.reading import read_now, read_range
from dashboard.sources.prometheus import DEADLINE
from tests.dashboard.stand_in import Answering, Reply, always, everything, matrix, nothing, stand_in
from tests.support.servers import free_port

HTML = {"Content-Type": "text/html"}
ERROR = b'{"status": "error", "errorType": "execution", "error": "query timed out in expression evaluation"}'
FAULTS = {
    "401": (always(Reply(b"Unauthorized", 401)), "PROMETHEUS_PASSWORD"),
    "403": (always(Reply(b"Forbidden", 403)), "PROMETHEUS_PASSWORD"),
    "503": (always(Reply(b"Service Unavailable", 503)), "is still starting"),
    "500": (always(Reply(b"Internal Server Error", 500)), "HTTP 500"),
    "HTML": (always(Reply(b"<html>login</html>", headers=HTML)), "PROMETHEUS_URL names Prometheus itself"),
    "an error document": (always(Reply(ERROR, 503)), "query timed out in expression evaluation"),
    "a redirect": (always(Reply(b"", 302, {"Location": "http://evil.example/"})), "http://evil.example/"),
    "half a document": (always(Reply(b'{"status": "succ')), "not its API's JSON"),
    "a bare number": (always(Reply(b"1")), "not its API's JSON"),
    "endless brackets": (always(Reply(b"[" * 100_000)), "not its API's JSON"),
    "another form": (always(Reply(b'{"status": "success", "data": {"result": [7]}}')), "not its API's"),
    "labels that are none": (
        always(Reply(b'{"status": "success", "data": {"result": [{"metric": 1, "values": [[0, "1"]]}]}}')),
        "not its API's",
    ),
    "strange labels": (
        always(Reply(b'{"status": "success", "data": {"result": [{"metric": {"pod": 1, "le": []}, "values": []}]}}')),
        "lists its alerts in a form that is not its API's",
    ),
    "a number that is none": (everything("seven"), "not its API's"),
    "a number beyond all numbers": (everything(9**999), "not its API's"),  # type: ignore[arg-type] # No float.
    "a time that is none": (always(matrix({nan: "1"})), "not its API's"),
    "a time between that is none": (always(matrix({0: "1", None: "2", 5: "3"})), "not its API's"),  # type: ignore[dict-item]
    "half a character": (always(Reply(rb'{"status": "error", "error": "\ud800"}')), "reports an error (HTTP 200): ?"),
    "a head that is no HTTP": (always(Reply(b"", headers={"A": "b" * 70_000})), "cannot be reached"),
    "a body cut short": (always(Reply(b"{}", headers={"Content-Length": "9"})), "cannot be reached"),
    "no data yet": (nothing, "There are no samples"),
}


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.sources.lives._archives", {})
    # The machine may be busy.
    monkeypatch.setattr("dashboard.sources.prometheus.DEADLINE", 60)


def read(settings: Settings, url: str, name: str = "1h") -> Row:
    settings.PROMETHEUS_URL = url
    now = round(time.time(), 3)
    span = find_span({"range": name}, now)
    return document(read_range(span, now), span, now, None)


@pytest.mark.parametrize(("answering", "sentence"), FAULTS.values(), ids=FAULTS.keys())
def test_fault_is_told_in_a_sentence_and_logged(
    answering: Answering, sentence: str, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with stand_in(answering) as (url, _):
        data = read(settings, url)

    assert sentence in " ".join(data["problems"])
    assert all(url in problem for problem in data["problems"])
    assert [record.getMessage() for record in caplog.records] == (data["problems"] if answering is not nothing else [])
    assert " ".join(data["problems"]).encode()
    assert data["source"]["available"] == (sentence == "There are no samples")


def test_an_answer_without_end_is_not_read(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.sources.client.LARGEST_RESPONSE", 1_000)

    with stand_in(always(Reply(b" " * 1_001))) as (url, _):
        data = read(settings, url)

    assert data["problems"] == [f"Prometheus at {url} sends more than 1000 bytes. Choose a shorter range."]


@pytest.mark.parametrize("pause", [60, 0.1], ids=["silence", "a byte at a time"])
def test_nothing_takes_longer_than_the_deadline(
    pause: float, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.sources.prometheus.DEADLINE", DEADLINE)
    with stand_in(always(Reply(b"{" * 1_000, pause=pause))) as (url, _):
        begin = time.monotonic()
        data = read(settings, url, "7d")
        took = time.monotonic() - begin

    # Without a deadline it would be a minute or more.
    assert DEADLINE <= took < 30
    assert "within 3 seconds" in " ".join(data["problems"])


def test_a_prometheus_that_is_down_is_told_and_leaves_what_is_on_the_page(settings: Settings) -> None:
    url = f"http://127.0.0.1:{free_port()}"

    data = read(settings, url)

    (problem,) = data["problems"]
    assert problem.startswith(f"Prometheus at {url} cannot be reached (")
    assert "Check that it runs, that PROMETHEUS_URL is right and that the network lets it through." in problem
    assert not data["source"]["available"]
    assert data.keys() == {"at", "refresh", "source", "range", "problems"}


def test_what_can_be_shown_is_shown(settings: Settings) -> None:
    def only_pages(path: str, parameters: dict[str, str]) -> Reply:
        known = "_requests_total" in parameters.get("query", "")
        return everything("1")(path, parameters) if known else Reply(b"overloaded", 503)

    with stand_in(only_pages) as (url, _):
        data = read(settings, url, "yesterday")

    # What is past does not change, but a part of it is missing.
    assert data["refresh"] == 15
    assert [series["name"] for series in data["charts"]["requests"]["series"]][:2] == ["homersimpson", "covilha"]
    assert data["charts"]["latency"]["series"] == []
    assert data["source"]["available"]
    assert len(data["problems"]) == 1


@pytest.mark.parametrize("kind", ["_requests_total", "django_http_responses_total"])
def test_what_is_known_in_part_is_not_shown_as_a_count(kind: str, settings: Settings) -> None:
    def without_the_beginning(path: str, parameters: dict[str, str]) -> Reply:
        query, start, end = (parameters.get(name, "") for name in ("query", "start", "end"))
        late = "last_over_time" in query and kind in query and start == end
        return Reply(b"overloaded", 503) if late else everything("7")(path, parameters)

    with stand_in(without_the_beginning) as (url, _):
        data = read(settings, url)

    covilha = data["pages"][1]
    if kind == "_requests_total":
        assert {covilha[name] for name in ("total", "previous", "today", "all_time")} == {None}
        assert data["charts"]["counts"]["series"] == data["replicas"] == []
    else:
        assert data["stats"]["responses"] is None
        assert data["charts"]["answers"]["series"] == data["answers"] == []
        assert covilha["total"] is not None
    assert len(data["problems"]) == 1


def test_replica_whose_past_could_not_be_read_has_no_start_and_gets_it_later(settings: Settings) -> None:
    overloaded = [True]

    def answer(path: str, parameters: dict[str, str]) -> Reply:
        of_the_past = parameters.get("step") == "86400.000"
        return Reply(b"overloaded", 503) if of_the_past and overloaded else everything("7")(path, parameters)

    with stand_in(answer) as (url, _):
        first = read(settings, url)
        overloaded.clear()
        second = read(settings, url)

    assert [[one["started"] for one in data["replicas"]] for data in (first, second)] == [[None], [7]]
    assert [data["pages"][1]["all_time"] for data in (first, second)] == [None, 7]


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf", "1e308"])
def test_what_is_no_number_is_a_gap(value: str, settings: Settings) -> None:
    with stand_in(everything(value)) as (url, _):
        data = read(settings, url)

    assert {value for chart in data["charts"].values() for one in chart["series"] for value in one["values"]} <= {None}
    assert data["stats"]["p99"] is None


def test_credentials_go_to_prometheus_and_nowhere_else(settings: Settings) -> None:
    settings.PROMETHEUS_USERNAME, settings.PROMETHEUS_PASSWORD = "me", "pass:word"
    with stand_in(everything("1")) as (to, stolen), stand_in(always(Reply(b"", 302, {"Location": to}))) as (url, asked):
        settings.PROMETHEUS_URL = url
        problems = read_now(time.time()).problems

    assert base64.b64decode(asked[0]["Authorization"].removeprefix("Basic ")) == b"me:pass:word"
    assert stolen == []
    assert "pass" not in "".join(problems)


def test_without_credentials_none_are_sent_and_a_path_before_the_api_is_kept(settings: Settings) -> None:
    paths: list[str] = []

    def note(path: str, _parameters: dict[str, str]) -> Reply:
        paths.append(path)
        return nothing("", {})

    with stand_in(note) as (url, asked):
        settings.PROMETHEUS_URL = f"{url}/prometheus"
        read_now(time.time())

    assert "Authorization" not in asked[0]
    assert set(paths) == {f"/prometheus/api/v1/{name}" for name in ("query_range", "rules")}
