"""The admin site around the dashboard: its index, its links, and who is refused what."""

import re
from html import unescape
from http import HTTPStatus

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

PAGE = "/admin/metrics/"
INDEX = "/admin/"
LINK = re.compile(r'<a [^>]*?href="([^"#]*)"')
MODEL = re.compile(r'class="model-(\w+)([^"]*)"')


@pytest.fixture(autouse=True)
def admin_site(settings: Settings) -> None:
    settings.ROOT_URLCONF = "homercovilha.urls.admin"


def test_index_begins_with_the_metrics_and_shows_no_logs_of_logins(admin_client: Client) -> None:
    index = admin_client.get(INDEX).content.decode()

    assert [model for model, _ in MODEL.findall(index)] == ["metrics", "group", "user"]
    assert f'href="{PAGE}"' in index
    assert "metrics/add" not in index


def test_dashboard_is_lit_in_the_sidebar(admin_client: Client) -> None:
    page = admin_client.get(PAGE).content.decode()

    assert [model for model, state in MODEL.findall(page) if "current-model" in state] == ["metrics"]


def test_index_hides_the_metrics_from_users_without_the_permission(client: Client, staff: User) -> None:
    client.force_login(staff)

    assert PAGE not in client.get(INDEX).content.decode()


@pytest.mark.parametrize("start", [INDEX, PAGE, "/nowhere", "/admin/nowhere"])
def test_no_link_of_the_admin_site_leads_into_a_404_or_a_circle(admin_client: Client, start: str) -> None:
    for link in _links(admin_client, start):
        answer = admin_client.get(link, follow=True)

        assert answer.status_code != HTTPStatus.NOT_FOUND, link
        # "/" leads to the index: from a page of the admin site, it is no way to anywhere else.
        assert "nowhere" in start or link != "/"
        assert len(answer.redirect_chain) <= 1, link


def test_site_can_be_viewed_if_it_is_served_too(admin_client: Client, settings: Settings) -> None:
    assert "View site" not in admin_client.get(INDEX).content.decode()
    settings.ROOT_URLCONF = "homercovilha.urls.development"
    assert '<a href="/">View site</a>' in admin_client.get(INDEX).content.decode()
    assert "/covilha" in _links(admin_client, "/nowhere")


@pytest.mark.parametrize(
    ("url", "permission"),
    [
        (PAGE, "dashboard.view_metrics"),
        (f"{PAGE}data.json", "dashboard.view_metrics"),
        ("/admin/auth/user/", "auth.view_user"),
        ("/admin/auth/user/add/", "auth.add_user"),
    ],
)
def test_refused_user_sees_which_permission_is_missing_and_can_log_out(
    client: Client, staff: User, url: str, permission: str
) -> None:
    client.force_login(staff)
    answer = client.get(url)

    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert f"needs the permission <code>{permission}</code>" in answer.content.decode()
    assert f'action="{reverse("admin:logout")}"' in answer.content.decode()


def _links(client: Client, url: str) -> set[str]:
    """Return where the links of a page lead, below its own address where they are relative."""
    page = client.get(url).content.decode()
    return {f"{url}{link}" if link.startswith("?") else link for link in map(unescape, LINK.findall(page))}
