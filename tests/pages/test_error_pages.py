"""Error pages look like the site, and the one for 500 needs nothing that may be broken."""

from http import HTTPStatus

import pytest
from django.template.loader import get_template
from django.test import Client


@pytest.mark.parametrize("status", [400, 403, 404, 405, 500])
def test_error_page_renders_without_request_or_context(status: int) -> None:
    page = get_template(f"{status}.html").render()

    assert f"<title>{HTTPStatus(status).phrase}" in page
    assert "pages/site" in page


def test_server_error_names_the_request() -> None:
    assert "<code>3f2a</code>" in get_template("500.html").render({"request_id": "3f2a"})


def test_unknown_path_gets_the_sites_error_page(client: Client) -> None:
    response = client.get("/nowhere<script>")

    assert response.status_code == HTTPStatus.NOT_FOUND
    assert "<title>Not Found" in response.text
    assert "<script>" not in response.text
