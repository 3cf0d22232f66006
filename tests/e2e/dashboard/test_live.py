"""The dashboard while things happen: the site fails, Prometheus dies and is back."""

import re
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.dashboard.conftest import DESK, PHONE, log_in, settled, shown
from tests.e2e.dashboard.live import PODS, Target
from tests.support.browser import accessibility_violations, visit
from tests.support.prometheus import Prometheus
from tests.support.servers import Gunicorn

RED_WITHIN = 30
COUNT_CHANGES = """() => {
    window.changes = 0;
    new MutationObserver((all) => { changes += all.length; })
        .observe(document.querySelector("[role=status]"), { childList: true, characterData: true, subtree: true });
}"""


ALERT = {
    "name": "failing",
    "interval": "1s",
    "rules": [
        {
            "alert": "HomercovilhaFails",
            "expr": 'sum(rate(django_http_responses_total_by_status_view_method_total{status="500"}[5s])) > 0',
            "labels": {"severity": "critical"},
            "annotations": {"summary": "Visitors get errors."},
        }
    ],
}


@dataclass
class Live:
    target: Target
    prometheus: Prometheus
    site: Gunicorn


@pytest.fixture(scope="module")
def live(static_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    assert static_files.is_dir()
    with Target() as target, shown(tmp_path_factory.mktemp("live"), [_scraping(target)], ALERT) as (prometheus, site):
        prometheus.wait_for(f"sum(rate(homersimpson_requests_total[1m])) > {len(PODS)}")
        yield Live(target, prometheus, site)


@pytest.fixture(scope="module")
def cookies(browser: Browser, live: Live) -> Any:
    return log_in(browser, live.site)


def test_outage_is_red_within_30_seconds_at_any_range(browser: Browser, live: Live, cookies: Any) -> None:
    with ExitStack() as stack:
        pages = []
        for name in ("15m", "90d"):
            url = f"{live.site.url}/admin/metrics/?range={name}"
            visited = stack.enter_context(visit(browser, url, storage_state=cookies, viewport=DESK))
            expect(settled(visited.page)).to_have_title(re.compile("^Healthy: Metrics"))
            pages.append(visited.page)
        live.target.failing, begin = 0.3, time.monotonic()
        for page in pages:
            expect(page.locator(".health")).to_have_attribute("data-state", "critical", timeout=RED_WITHIN * 1_000)
        took = time.monotonic() - begin
        print(f"\nred after {took:.1f} s")
        for page in pages:
            check = page.locator(".checks a", has_text="Server errors")
            expect(check).to_contain_text("✕ Critical")
            expect(page.locator("link[rel=icon]")).to_have_attribute("href", re.compile("icon-critical"))
            assert not (page.title() or "").startswith("Healthy")
            alert = page.locator(".checks a", has_text="1 alert")
            expect(alert).to_contain_text("✕ Critical")
            expect(alert).to_contain_text("HomercovilhaFails: Visitors get errors.")
        check = pages[0].locator(".checks a", has_text="Server errors")
        check.click()
        expect(pages[0].locator("#answers")).to_be_in_viewport()
    live.target.failing = 0
    assert took <= RED_WITHIN


def test_fifty_replicas_are_shown_and_read_at_any_width(browser: Browser, live: Live, cookies: Any) -> None:
    url = f"{live.site.url}/admin/metrics/?range=15m&pod={PODS[7]}"
    with visit(browser, url, storage_state=cookies, viewport=DESK) as visited:
        page = settled(visited.page)
        rows = page.locator(".replicas tbody tr")
        expect(rows).to_have_count(len(PODS))
        expect(page.locator(".replicas h2")).to_have_text("Replicas: 50 of 50 up")
        expect(page.locator("#replicas .legend li")).to_have_count(4)
        for size in (PHONE, DESK):
            page.set_viewport_size(size)  # type: ignore[arg-type] # It has the two keys.
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
            table = page.locator(".replicas .table").bounding_box()
            assert table
            assert table["height"] <= size["height"]
        rows.last.scroll_into_view_if_needed()
        expect(rows.last).to_be_in_viewport()
        assert accessibility_violations(page) == []
        assert visited.complaints == []


def test_last_good_data_stay_when_prometheus_dies(browser: Browser, live: Live, cookies: Any) -> None:
    url = f"{live.site.url}/admin/metrics/?range=15m"
    with visit(browser, url, storage_state=cookies, viewport=DESK) as visited:
        page = settled(visited.page)
        page.evaluate(COUNT_CHANGES)
        _refresh(page)
        assert page.evaluate("changes") == 0
        live.prometheus.__exit__()
        _refresh(page)
        status = page.get_by_role("status")
        expect(status).to_have_text(re.compile(r"^No new data: shown as of \d\d:\d\d:\d\d$"))
        kept = page.locator(".stats").inner_text()
        assert re.search(r"\d", kept)
        expect(page.locator(".problems")).to_contain_text("cannot be reached")
        # How it was is no health now.
        expect(page.locator(".checks .state")).to_have_text(["? Unknown"] * 5)
        expect(page.locator(".checks")).not_to_contain_text("ago")
        expect(page.locator(".uplot").first).to_have_css("opacity", "0.45")
        assert accessibility_violations(page) == []
        said = page.evaluate("changes")
        for _ in range(2):
            _refresh(page)
        # The state is still the same: nothing is read out again, and nothing has gone.
        assert (page.evaluate("changes"), page.locator(".stats").inner_text()) == (said, kept)
        live.prometheus.__enter__()
        live.prometheus.wait_for("sum(rate(homersimpson_requests_total[1m])) > 0")
        _refresh(page)
        expect(status).not_to_contain_text("No new data")
        expect(page.locator(".uplot").first).to_have_css("opacity", "1")
        assert visited.complaints == []


def _scraping(target: Target) -> dict[str, Any]:
    return {"job_name": "homercovilha", "static_configs": [{"targets": [target.address]}]}


def _refresh(page: Page) -> None:
    """Let the page load its data now, as on the way back in the history, and wait for them."""
    with page.expect_response(lambda response: "/data.json" in response.url):
        page.evaluate("window.dispatchEvent(new Event('popstate'))")
    settled(page)
