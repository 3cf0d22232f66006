"""Who gets the dashboard, what is answered to wrong questions, and that nothing waits or fails with Prometheus."""

import csv
import io
import time
from http import HTTPStatus

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries, Settings

from tests.dashboard.stand_in import Reply, always, everything, stand_in
from tests.servers import free_port

PAGE = "/admin/metrics/"
DATA = "/admin/metrics/data.json"
TABLE = "/admin/metrics/data.csv"
ALL = pytest.mark.parametrize("url", [PAGE, DATA, TABLE])

# The session, the user, their own permissions and their groups'.
QUERIES = 4


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
    viewing: Client, url: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(QUERIES):
        response = viewing.get(url)

    assert response.status_code == HTTPStatus.OK
    assert "no-store" in response["Cache-Control"]


@ALL
def test_unknown_range_is_refused_in_a_sentence(viewing: Client, url: str) -> None:
    response = viewing.get(f"{url}?range=<2h>")

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response["Content-Type"].startswith("text/plain")
    assert response.content.decode() == "There is no range '<2h>'. Ask for one of 15m, 1h, 6h, 24h, 7d.\n"


def test_unknown_chart_is_refused_in_a_sentence(viewing: Client) -> None:
    response = viewing.get(f"{TABLE}?chart=donuts")

    assert response.status_code == HTTPStatus.BAD_REQUEST
    assert response.content.decode().startswith("There is no chart 'donuts'. Ask for one of numbers, requests,")


@ALL
def test_only_reading_is_allowed(viewing: Client, url: str) -> None:
    assert viewing.post(url).status_code == HTTPStatus.METHOD_NOT_ALLOWED


def test_addresses_without_the_slash_lead_to_those_with_it(viewing: Client) -> None:
    assert viewing.get("/admin")["Location"] == reverse("admin:index")
    assert viewing.get("/admin/metrics?range=6h")["Location"] == f"{PAGE}?range=6h"


def test_page_does_not_wait_for_prometheus(viewing: Client, settings: Settings) -> None:
    viewing.get(PAGE)  # The templates are compiled.
    with stand_in(always(Reply(b"", pause=60))) as (url, asked):
        settings.PROMETHEUS_URL = url
        times = []
        for _ in range(5):
            begin = time.perf_counter()
            response = viewing.get(PAGE)
            times.append(time.perf_counter() - begin)

    assert response.status_code == HTTPStatus.OK
    assert asked == []
    assert min(times) < 0.1, times


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


def test_password_of_prometheus_is_shown_to_nobody(
    viewing: Client, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.PROMETHEUS_USERNAME, settings.PROMETHEUS_PASSWORD = "dashboard", "hunter2"
    with stand_in(always(Reply(b"", 401))) as (settings.PROMETHEUS_URL, _):
        answers = [viewing.get(url).content.decode() for url in (PAGE, DATA, TABLE)]

    assert "PROMETHEUS_PASSWORD" in answers[1]
    assert "hunter2" not in "".join([*answers, caplog.text])


@pytest.mark.parametrize("chart", ["requests", "latency", "replicas"])
def test_table_holds_the_chart(viewing: Client, settings: Settings, chart: str) -> None:
    with stand_in(everything("1.5")) as (settings.PROMETHEUS_URL, _):
        data = viewing.get(DATA).json()["charts"][chart]
        response = viewing.get(f"{TABLE}?chart={chart}")

    head, *rows = csv.reader(io.StringIO(response.content.decode()))
    assert head == ["time", *(curve["name"] for curve in data["curves"])]
    assert len(rows) == len(data["times"])
    columns = [list(column) for column in zip(*rows, strict=True)][1:]
    assert columns == [[str(value) for value in curve["values"]] for curve in data["curves"]]
    assert response["Content-Disposition"] == f'attachment; filename="homercovilha-{chart}-1h.csv"'


def test_table_of_numbers_holds_them(viewing: Client, settings: Settings) -> None:
    with stand_in(everything("7")) as (settings.PROMETHEUS_URL, _):
        response = viewing.get(TABLE)

    rows = dict(csv.reader(io.StringIO(response.content.decode())))
    assert rows["today.homersimpson"] == "7.0"
    assert rows["ever.covilha"] == "7.0"
