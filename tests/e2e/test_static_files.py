"""What a page needs besides itself is fetched once and kept: hashed names, immutable, compressed beforehand."""

import re

import pytest

from tests.support.servers import Gunicorn, get


@pytest.mark.parametrize("path", ["/", "/homersimpson", "/covilha", "/nowhere"])
def test_every_file_of_a_page_is_kept_for_ever_and_compressed(site: Gunicorn, path: str) -> None:
    files = re.findall(r'(?:href|src)="(/static/[^"]+)"', get(site.url + path).text)

    assert files
    for file in files:
        answer = get(site.url + file, {"Accept-Encoding": "br, gzip"})
        assert answer.status == 200
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", file)
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["content-encoding"] in {"br", "gzip"}
        assert len(answer.body) < 8192


@pytest.mark.parametrize("file", ["staticfiles.json", "admin/css/base.css", "dashboard/charts.js"])
def test_public_site_serves_neither_the_admins_files_nor_the_manifest(site: Gunicorn, file: str) -> None:
    assert get(f"{site.url}/static/{file}").status == 404


@pytest.mark.parametrize(("path", "content_type"), [("/robots.txt", "text/plain"), ("/favicon.ico", "image/")])
def test_files_of_fixed_paths_are_served(site: Gunicorn, path: str, content_type: str) -> None:
    answer = get(site.url + path)

    assert answer.status == 200
    assert answer.headers["content-type"].startswith(content_type)
    assert answer.body


def test_preview_picture_is_served_by_its_absolute_address(site: Gunicorn) -> None:
    found = re.search(r'og:image" content="([^"]+)"', get(f"{site.url}/covilha").text)

    assert found
    assert found[1].startswith(site.url)
    assert get(found[1]).headers["content-type"] == "image/png"
