"""Guessing passwords does not help, and neither do stolen or overwritten cookies."""

from datetime import timedelta
from http import HTTPStatus

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.dashboard.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("each_database")]


def log_in(client: Client, username: str, password: str) -> HttpResponse:
    # The stubs know it under a private name.
    return client.post(reverse("admin:login"), {"username": username, "password": password})  # type: ignore[return-value]


def test_right_password_opens_the_door(client: Client, staff: User) -> None:
    assert log_in(client, staff.username, PASSWORD).status_code == HTTPStatus.FOUND


@pytest.mark.parametrize("elsewhere", ["//evil.example/", "https://evil.example/", "javascript:alert(1)"])
def test_login_leads_to_no_other_host(client: Client, staff: User, elsewhere: str) -> None:
    response = client.post(
        reverse("admin:login"), {"username": staff.username, "password": PASSWORD, "next": elsewhere}
    )

    assert response["Location"] == reverse("admin:index")


@pytest.mark.parametrize("spelt", [" staff", "staff ", "\N{FULLWIDTH LATIN SMALL LETTER S}taff"])
def test_another_spelling_of_a_name_has_no_guesses_of_its_own(client: Client, staff: User, spelt: str) -> None:
    for browser in range(10):
        client.post(
            reverse("admin:login"),
            {"username": spelt, "password": "wrong"},
            headers={"user-agent": str(browser), "x-forwarded-for": f"10.0.0.{browser}"},
        )

    assert log_in(client, staff.username, PASSWORD).status_code == HTTPStatus.TOO_MANY_REQUESTS


def test_twenty_wrong_logins_lock_even_the_right_one_out(client: Client, staff: User) -> None:
    wrong = [log_in(client, staff.username, "wrong") for _ in range(20)]
    right = log_in(client, staff.username, PASSWORD)

    assert [response.status_code for response in wrong[:9]] == [HTTPStatus.OK] * 9
    assert {response.status_code for response in wrong[9:]} == {HTTPStatus.TOO_MANY_REQUESTS}
    assert right.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "Too many failed logins" in right.content.decode()
    assert reverse("admin:login") not in client.cookies


@pytest.mark.parametrize("guesses", [1, 20])
def test_answers_do_not_reveal_who_exists(staff: User, guesses: int) -> None:
    seen = {}
    for username in (staff.username, "nobod"):
        client = Client()
        for _ in range(guesses):
            response = log_in(client, username, "wrong")
        page = response.content.decode().replace(f'value="{username}"', "")
        seen[username] = (response.status_code, page.replace(_token(page), "TOKEN"))

    assert seen[staff.username] == seen["nobod"]


def test_other_users_are_not_locked_out(client: Client, staff: User, viewer: User) -> None:
    for _ in range(20):
        log_in(client, staff.username, "wrong")

    assert log_in(client, viewer.username, PASSWORD).status_code == HTTPStatus.FOUND


def test_lock_ends_though_the_guessing_goes_on(client: Client, staff: User) -> None:
    for _ in range(10):
        log_in(client, staff.username, "wrong")
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=14))
    assert log_in(client, staff.username, "wrong").status_code == HTTPStatus.TOO_MANY_REQUESTS
    AccessAttempt.objects.update(attempt_time=timezone.now() - timedelta(minutes=16))

    assert log_in(client, staff.username, PASSWORD).status_code == HTTPStatus.FOUND


def test_cookies_are_kept_from_scripts_other_sites_and_the_next_day(client: Client, staff: User) -> None:
    client.get(reverse("admin:login"))
    log_in(client, staff.username, PASSWORD)

    assert set(client.cookies) == {"homercovilha_session", "homercovilha_csrf"}
    for cookie in client.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
    assert client.cookies["homercovilha_session"]["max-age"] == ""
    assert client.session.get_expiry_age() == 8 * 3_600


def test_headers_keep_scripts_and_frames_out(client: Client) -> None:
    response = client.get(reverse("admin:login"))

    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "style-src 'self'" in policy
    assert "unsafe" not in policy
    assert response["X-Frame-Options"] == "DENY"
    assert response["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in response


def _token(page: str) -> str:
    _, found, rest = page.partition('name="csrfmiddlewaretoken" value="')
    return rest.partition('"')[0] if found else "TOKEN"


@pytest.mark.parametrize("name", ["a" * 150, "\ufdfa" * 60, "a" * 5000], ids=["longest", "longer in NFKC", "too long"])
def test_user_name_of_any_length_is_refused_without_an_error(client: Client, name: str) -> None:
    response = client.post("/admin/login/", {"username": name, "password": "wrong"})

    assert response.status_code == HTTPStatus.OK
    assert all(len(attempt.username) <= 255 for attempt in AccessAttempt.objects.all())
