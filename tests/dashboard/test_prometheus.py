"""What the dashboard makes of the answers of Prometheus, right and wrong."""

import base64
import time

import pytest

from dashboard.prometheus import Prometheus, PrometheusError
from dashboard.ranges import find_range
from dashboard.sources.prometheus import DEADLINE, PrometheusSource
from tests.dashboard.stand_in import Answering, Reply, always, everything, matrix, nothing, stand_in, wait_for_threads
from tests.servers import free_port

HTML = {"Content-Type": "text/html"}
ERROR = b'{"status": "error", "errorType": "execution", "error": "query timed out in expression evaluation"}'
FAULTS = {
    "401": (always(Reply(b"Unauthorized", 401)), "PROMETHEUS_PASSWORD"),
    "403": (always(Reply(b"Forbidden", 403)), "PROMETHEUS_PASSWORD"),
    "503": (always(Reply(b"Service Unavailable", 503)), "is not ready yet"),
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
        "has no samples",
    ),
    "a number that is none": (everything("seven"), "not its API's"),
    "a number beyond all numbers": (everything(9**999), "not its API's"),  # type: ignore[arg-type]
    "a time that is none": (
        always(Reply(b'{"status": "success", "data": {"result": [{"metric": {}, "values": [[NaN, "1"]]}]}}')),
        "not its API's",
    ),
    "half a character": (always(Reply(rb'{"status": "error", "error": "\ud800"}')), "could not answer (HTTP 200): ?"),
    "a head that is no HTTP": (always(Reply(b"", headers={"A": "b" * 70_000})), "cannot be reached"),
    "a body cut short": (always(Reply(b"{}", headers={"Content-Length": "9"})), "not its API's JSON"),
    "no data yet": (nothing, "has no samples"),
}


@pytest.mark.parametrize(("answering", "sentence"), FAULTS.values(), ids=FAULTS.keys())
def test_fault_is_told_in_a_sentence_and_logged(
    answering: Answering, sentence: str, caplog: pytest.LogCaptureFixture
) -> None:
    with stand_in(answering) as (url, _):
        data = PrometheusSource(url).read(find_range("1h"), time.time())

    assert sentence in " ".join(data.problems)
    assert all(url in problem for problem in data.problems)
    assert [record.getMessage() for record in caplog.records] == data.problems
    assert " ".join(data.problems).encode()


def test_an_answer_without_end_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dashboard.prometheus.LARGEST_ANSWER", 1_000)

    with stand_in(always(Reply(b" " * 1_001))) as (url, _):
        data = PrometheusSource(url).read(find_range("1h"), time.time())

    assert data.problems == [f"Prometheus at {url} answers with more than 1000 bytes. Choose a shorter range."]


@pytest.mark.parametrize("pause", [60, 0.1], ids=["silence", "a byte at a time"])
def test_nothing_takes_longer_than_the_deadline(pause: float) -> None:
    with stand_in(always(Reply(b"{" * 1_000, pause=pause))) as (url, _):
        begin = time.monotonic()
        data = PrometheusSource(url).read(find_range("7d"), time.time())
        took = time.monotonic() - begin
        left_behind = wait_for_threads("prometheus")

    assert DEADLINE == 3
    assert DEADLINE <= took < DEADLINE + 1
    assert left_behind == []
    assert "within 3 seconds" in " ".join(data.problems)


def test_a_prometheus_that_is_down_is_told() -> None:
    url = f"http://127.0.0.1:{free_port()}"

    data = PrometheusSource(url).read(find_range("1h"), time.time())

    assert data.problems == [
        f"Prometheus at {url} cannot be reached ([Errno 111] Connection refused). "
        "Check that it runs, that PROMETHEUS_URL is right and that the network lets it through."
    ]


def test_what_can_be_shown_is_shown() -> None:
    def only_ranges(path: str, parameters: dict[str, str]) -> Reply:
        return everything("1")(path, parameters) if path.endswith("range") else Reply(b"overloaded", 503)

    with stand_in(only_ranges) as (url, _):
        data = PrometheusSource(url).read(find_range("1h"), time.time())

    assert [curve.name for curve in data.charts["requests"].curves] == ["homersimpson", "covilha"]
    assert set(data.numbers.values()) == {None}
    assert len(data.problems) == 1


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf", "1e308"])
def test_what_is_no_number_is_a_gap(value: str) -> None:
    with stand_in(everything(value)) as (url, _):
        data = PrometheusSource(url).read(find_range("1h"), time.time())

    assert {value for chart in data.charts.values() for curve in chart.curves for value in curve.values} == {None}
    assert data.numbers["latency.p99"] is None
    assert data.problems == []


def test_series_that_ended_are_not_called_well() -> None:
    def no_longer_scraped(path: str, parameters: dict[str, str]) -> Reply:
        ended = "homercovilha_peer" in parameters.get("query", "")
        return nothing(path, parameters) if ended else everything("1")(path, parameters)

    with stand_in(no_longer_scraped) as (url, _):
        data = PrometheusSource(url).read(find_range("1h"), time.time())

    assert data.problems == []
    assert "none of this moment" in data.concerns[0]


def test_gaps_stay_gaps() -> None:
    now, shown = 1_700_000_000.0, find_range("1h")
    times = shown.times(now)

    with stand_in(always(matrix({times[0]: "1", times[-1]: "3"}))) as (url, _):
        data = PrometheusSource(url).read(shown, now)

    values = data.charts["requests"].curves[0].values
    assert (values[0], values[-1], set(values[1:-1])) == (1, 3, {None})


def test_credentials_go_to_prometheus_and_nowhere_else() -> None:
    with stand_in(everything("1")) as (other, stolen):
        away = always(Reply(b"", 302, {"Location": other}))
        with (
            stand_in(away) as (url, asked),
            Prometheus(url, "me", "pass:word", timeout=3) as prometheus,
            pytest.raises(PrometheusError) as caught,
        ):
            prometheus.value("up", 0)

    assert base64.b64decode(asked[0]["Authorization"].removeprefix("Basic ")) == b"me:pass:word"
    assert stolen == []
    assert "pass" not in str(caught.value)


def test_without_credentials_none_are_sent() -> None:
    with stand_in(everything("1")) as (url, asked), Prometheus(url, timeout=3) as prometheus:
        assert prometheus.value("up", 0) == 1

    assert "Authorization" not in asked[0]


def test_a_path_before_the_api_is_kept() -> None:
    paths: list[str] = []

    def note(path: str, _parameters: dict[str, str]) -> Reply:
        paths.append(path)
        return nothing("", {})

    with stand_in(note) as (url, _), Prometheus(f"{url}/prometheus/", timeout=3) as prometheus:
        prometheus.value("up", 0)

    assert paths == ["/prometheus/api/v1/query"]
