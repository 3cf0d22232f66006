"""Who gets the dashboard, what is answered to wrong questions, and that nothing waits or fails with Prometheus."""

import csv
import io
from http import HTTPStatus

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from tests.dashboard.stand_in import Reply, always, everything, stand_in
from tests.support.servers import free_port

PAGE = "/admin/metrics/"
DATA = "/admin/metrics/data.json"
HEALTH = "/admin/metrics/health.json"
COMPARISON = "/admin/metrics/comparison.json"
TABLE = "/admin/metrics/data.csv"
RANGED = pytest.mark.parametrize("url", [PAGE, DATA, TABLE])
ALL = pytest.mark.parametrize("url", [PAGE, DATA, HEALTH, COMPARISON, TABLE])

# The session, the user, their own permissions and their groups'.
QUERIES = 4


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no response be late: the machine may be busy."""
    monkeypatch.setattr("dashboard.sources.prometheus.DEADLINE", 60)


@ALL
def test_stranger_is_sent_to_the_login(client: Client, url: str) -> None:
    response = client.get(f"{url}?range=1h")

    assert response.status_code == HTTPStatus.FOUND
    assert response["Location"].startswith(f"{reverse('admin:login')}?next={url}")


@ALL
def test_staff_without_the_permission_is_refused(client: Client, staff: User, url: str) -> None:
    client.force_login(staff)

    assert client.get(url).status_code == HTTPStatus.FORBIDDEN


@ALL
def test_viewer_is_served_without_a_query_for_data(
    viewing: Client, url: str, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with stand_in(everything("1.5")) as (settings.PROMETHEUS_URL, _), django_assert_num_queries(QUERIES):
        response = viewing.get(f"{url}?from=2025-11-24T00:00&to=2025-11-24T00:05")

    assert response.status_code == HTTPStatus.OK
    assert "no-store" in response["Cache-Control"]


@RANGED
def test_unknown_range_is_refused_in_a_sentence(viewing: Client, url: str) -> None:
    response = viewing.get(f"{url}?range=<2h>")

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response["Content-Type"].startswith("text/plain")
    assert response.content.decode().startswith("There is no range '<2h>'. Choose one of 15m, 1h, 6h, 24h, 7d, 30d,")


def test_event_without_its_times_is_refused_in_a_sentence(viewing: Client) -> None:
    response = viewing.get(f"{COMPARISON}?from=2025-11-24T00:00")

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.content.decode().startswith("to is ''. Give a time such as")


def test_unknown_chart_is_refused_in_a_sentence(viewing: Client) -> None:
    response = viewing.get(f"{TABLE}?chart=donuts")

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.content.decode().startswith("There is no chart 'donuts'. Choose one of requests, counts, answers,")


@ALL
def test_only_reading_is_allowed(viewing: Client, url: str) -> None:
    assert viewing.post(url).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_addresses_without_the_slash_lead_to_those_with_it(viewing: Client) -> None:
    assert viewing.get("/admin")["Location"] == reverse("admin:index")
    assert viewing.get("/admin/metrics?range=6h")["Location"] == f"{PAGE}?range=6h"


def test_page_does_not_wait_for_prometheus(viewing: Client, settings: Settings) -> None:
    with stand_in(always(Reply(b"", pause=60))) as (url, asked):
        settings.PROMETHEUS_URL = url
        response = viewing.get(PAGE)

    assert response.status_code == HTTPStatus.OK
    assert asked == []


def test_page_without_javascript_leads_to_the_numbers(viewing: Client, settings: Settings) -> None:
    settings.PROMETHEUS_URL = "http://127.0.0.1:9"
    page = viewing.get(f"{PAGE}?range=6h").content.decode()

    for chart in ("requests", "latency", "replicas"):
        assert f'href="{TABLE}?chart={chart}&amp;range=6h"' in page


def test_page_has_no_inline_script_or_style(viewing: Client) -> None:
    page = viewing.get(PAGE).content.decode()

    assert "<style" not in page
    assert " style=" not in page
    assert page.count("<script") == page.count("<script src=")


def test_prometheus_that_is_down_is_no_error_of_the_page(viewing: Client, settings: Settings) -> None:
    settings.PROMETHEUS_URL = f"http://127.0.0.1:{free_port()}"

    data = viewing.get(DATA)
    table = viewing.get(f"{TABLE}?chart=requests")

    assert data.status_code == HTTPStatus.OK
    assert "cannot be reached" in data.json()["problems"][0]
    assert table.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "cannot be reached" in table.content.decode()


def test_table_of_which_a_part_may_be_missing_is_refused(viewing: Client, settings: Settings) -> None:
    # A page can say what is missing; a file is read without it.
    def without_response_times(path: str, parameters: dict[str, str]) -> Reply:
        late = "_bucket" in parameters.get("query", "")
        return Reply(b"overloaded", 503) if late else everything("7")(path, parameters)

    with stand_in(without_response_times) as (settings.PROMETHEUS_URL, _):
        response = viewing.get(f"{TABLE}?chart=pods")

    assert response.status_code == HTTPStatus.SERVICE_UNAVAILABLE
    assert "is still starting (HTTP 503). Wait" in response.content.decode()


def test_password_of_prometheus_is_shown_to_nobody(
    viewing: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PROMETHEUS_USERNAME, settings.PROMETHEUS_PASSWORD = "dashboard", "hunter2"
    with stand_in(always(Reply(b"", 401))) as (settings.PROMETHEUS_URL, _):
        answers = [viewing.get(url).content.decode() for url in (PAGE, DATA, TABLE)]

    assert "PROMETHEUS_PASSWORD" in answers[1]
    assert "hunter2" not in "".join([*answers, caplog.text])


@pytest.mark.parametrize("chart", ["requests", "counts", "answers", "latency", "replicas"])
def test_table_holds_the_chart(viewing: Client, settings: Settings, chart: str) -> None:
    query = "from=2025-11-24T00:00&to=2025-11-24T00:05"
    with stand_in(everything("1.5")) as (settings.PROMETHEUS_URL, _):
        data = viewing.get(f"{DATA}?{query}").json()["charts"][chart]
        response = viewing.get(f"{TABLE}?chart={chart}&{query}")

    head, *rows = csv.reader(io.StringIO(response.content.decode()))
    assert len(head) == 1 + len(data["series"]) > 1
    assert len(rows) == len(data["times"]) > 1
    columns = [list(column) for column in zip(*rows, strict=True)][1:]
    shown = [["" if value is None else str(value) for value in one["values"]] for one in data["series"]]
    assert columns == shown
    assert response["Content-Disposition"] == f'attachment; filename="homercovilha-{chart}-custom.csv"'


def test_document_has_a_json_form_that_any_program_reads(viewing: Client, settings: Settings) -> None:
    with stand_in(everything("7")) as (settings.PROMETHEUS_URL, _):
        document = viewing.get(DATA).json()

    parts = "at refresh source range problems health stats pages charts answers exceptions replicas events"
    assert document.keys() == set(parts.split())
    assert all(document.values()) or not document["problems"]
    assert "NaN" not in viewing.get(HEALTH).content.decode()
