"""What a page needs besides itself is fetched once and kept: hashed names, immutable, compressed beforehand."""

import re

import pytest

from tests.servers import Gunicorn, get


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
