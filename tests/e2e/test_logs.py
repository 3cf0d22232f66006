"""One JSON object a line on standard output, whoever writes it; an error is found by its request's id."""

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import LoggedSite
from tests.support.metrics import scrape
from tests.support.raw import send
from tests.support.servers import get

TOKEN = "a-token-that-no-log-may-hold"


@pytest.fixture(scope="module")
def failing(static_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoggedSite]:
    """Yield a site with a view that raises."""
    environ = {"DJANGO_SETTINGS_MODULE": "tests.e2e.failing_settings", "WEB_CONCURRENCY": "1", "METRICS_TOKEN": TOKEN}
    with LoggedSite(log=tmp_path_factory.mktemp("failing") / "log", **environ) as server:
        yield server


def _lines(site: LoggedSite, since: int = 0) -> list[dict[str, Any]]:
    return [json.loads(line) for line in site.logged_since(since).splitlines()]


def _position(site: LoggedSite) -> int:
    assert site.log
    return site.log.stat().st_size


def test_an_unforeseen_error_is_logged_and_answered_with_the_same_id(failing: LoggedSite) -> None:
    position = _position(failing)
    answer = get(f"{failing.url}/fail", {"X-Request-ID": "complaint-7"})
    assert answer.status == 500
    assert answer.headers["x-request-id"] == "complaint-7"
    assert '<header class="masthead">' in answer.text
    assert "complaint-7" in answer.text
    assert "a detail" not in answer.text
    (line,) = _lines(failing, position)
    assert (line["level"], line["request_id"], line["status_code"]) == ("ERROR", "complaint-7", 500)
    assert "UnforeseenError: a detail that no visitor should see" in line["exc_info"]
    exposition = scrape(f"{failing.internal_url}/metrics")
    assert 'django_http_exceptions_total_by_type_total{pod="' in exposition
    assert 'type="UnforeseenError"} 1' in exposition


@pytest.mark.parametrize("given", ["", "two words", "x" * 65, 'quote"', "<b>", "Ã©"])
def test_an_id_that_is_not_well_formed_is_not_taken(failing: LoggedSite, given: str) -> None:
    answer = get(f"{failing.url}/", {"X-Request-ID": given})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["x-request-id"])


def test_every_line_is_json_also_of_gunicorn_also_after_a_reload(failing: LoggedSite) -> None:
    (worker,) = failing.workers()
    for path in ("nowhere", "long"):
        get(f"{failing.url}/{path}", {"X-Request-ID": "earlier"})
    os.kill(failing.process.pid, signal.SIGHUP)
    deadline = time.monotonic() + 20
    while worker in failing.workers() or not failing.workers():
        assert time.monotonic() < deadline
        time.sleep(0.05)
    get(f"{failing.url}/fail")
    send((failing.host, failing.port), b"noise\r\n\r\n")
    lines = _lines(failing)
    assert {"gunicorn.error", "django.request"} <= {line["logger"] for line in lines}
    assert all({"time", "level", "logger", "message", "request_id"} <= line.keys() for line in lines)
    assert all(line["request_id"] == "" for line in lines if line["logger"] == "gunicorn.error")
    after = lines[max(i for i, line in enumerate(lines) if "Handling signal: hup" in line["message"]) :]
    assert any("Booting worker" in line["message"] for line in after)
    assert any(line["level"] == "ERROR" and "exc_info" in line for line in after)


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong-token", f"Basic {TOKEN}", f"Bearer {TOKEN}"])
def test_a_token_is_asked_for_and_never_logged(failing: LoggedSite, authorization: str) -> None:
    answer = get(f"{failing.url}/metrics", {"Authorization": authorization})
    if authorization == f"Bearer {TOKEN}":
        assert answer.status == 200
    else:
        assert answer.status == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="metrics"'
    assert get(f"{failing.internal_url}/metrics").status == 200
    logged = failing.logged_since(0)
    assert TOKEN not in logged
    assert "wrong-token" not in logged
