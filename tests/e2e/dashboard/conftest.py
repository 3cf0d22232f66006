"""A Prometheus with a made-up week, an admin site that queries it, and a browser that is logged in."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.dashboard.week import Week
from tests.support.admin_site import PASSWORD, USERNAME, admin_site
from tests.support.browser import Visit, chromium, visit
from tests.support.prometheus import Prometheus
from tests.support.servers import Gunicorn

PHONE, TABLET, DESK = ({"width": width, "height": height} for width, height in ((390, 844), (768, 1024), (1280, 800)))

# A page whose Prometheus was too busy to send all in time loads its data again after 15 seconds.
expect.set_options(timeout=60_000)

LOAD_ALL = """async () => {
    for (;;) {
        const data = await (await fetch(document.getElementById("metrics").dataset.url + location.search)).json();
        if (!data.problems.length) return data;
        await new Promise((resolve) => setTimeout(resolve, 1000));
    }
}"""
Shown = tuple[Prometheus, Gunicorn]


@contextmanager
def shown(folder: Path, scrape_configs: list[dict[str, Any]] | None = None, rules: Any = None) -> Iterator[Shown]:
    """Run a Prometheus with its data in `folder`, and an admin site that shows them."""
    prometheus = Prometheus(folder / "prometheus", scrape_configs or [], rules=rules)
    with prometheus, admin_site(folder / "admin", PROMETHEUS_URL=prometheus.url) as site:
        yield prometheus, site


@dataclass
class Watched:
    """A site whose history is known, and the admin site that shows it."""

    week: Week
    prometheus: Prometheus
    site: Gunicorn


@pytest.fixture(scope="module")
def watched(static_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    assert static_files.is_dir()
    folder = tmp_path_factory.mktemp("week")
    week = Week(int(time.time()), days=4, detailed_days=2.2)
    week.make_blocks(folder / "prometheus/data")
    with shown(folder) as (prometheus, site):
        yield Watched(week, prometheus, site)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


def log_in(browser: Browser, site: Gunicorn, password: str = PASSWORD, username: str = USERNAME) -> Any:
    """Log in by hand, and return the cookies, which are good at all ports of the site's host."""
    with visit(browser, f"{site.url}/admin/metrics/?range=1h") as visited:
        page = visited.page
        page.get_by_label("Username").fill(username)
        page.get_by_label("Password").fill(password)
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("h1")).to_have_text("Metrics")
        settled(page)
        assert visited.complaints == []
        return page.context.storage_state()


@pytest.fixture(scope="module")
def cookies(browser: Browser, watched: Watched) -> Any:
    return log_in(browser, watched.site)


def settled(page: Page) -> Page:
    """Return the page when it shows all that its address asks for."""
    expect(page.locator("#metrics")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".problems p", has_text="did not answer within")).to_have_count(0)
    return page


def document(page: Page) -> Any:
    """Return the data that the page's address asks for; they stay the same if the range has an end.

    On a busy machine Prometheus may not send a part of them in time, so they are asked for until they are whole.
    """
    return page.evaluate(LOAD_ALL)


Open = Callable[..., AbstractContextManager[Visit]]


@pytest.fixture
def opened(browser: Browser, watched: Watched, cookies: Any) -> Open:
    """Open the dashboard of the week, logged in."""

    def open_dashboard(
        query: str = "range=24h", prepare: Callable[[Page], object] | None = None, **options: Any
    ) -> AbstractContextManager[Visit]:
        options = {"viewport": DESK} | options
        return visit(browser, f"{watched.site.url}/admin/metrics/?{query}", prepare, storage_state=cookies, **options)

    return open_dashboard
