"""The dashboard's time machine, its exports, and what it does when nobody looks, or nobody is logged in."""

import csv
import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.dashboard.conftest import DESK, PHONE, Open, Watched, document, settled
from tests.e2e.dashboard.week import DAY, PAGES
from tests.support.browser import Visit

SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
LABELS = ("15 minutes", "1 hour", "6 hours", "24 hours", "7 days", "30 days", "90 days", "Today", "Yesterday")


@SIZES
def test_every_range_is_a_click_away_and_the_last_one_is_remembered(opened: Open, size: dict[str, int]) -> None:
    with opened("", viewport=size) as visited:
        page = settled(visited.page)
        expect(page.locator(".ranges [aria-current]")).to_have_text("1 hour")
        for label in LABELS:
            page.get_by_role("link", name=label, exact=True).click()
            expect(page.locator(".ranges [aria-current]")).to_have_text(label)
            expect(page.locator(".health")).to_have_attribute("data-state", "ok")
        url = page.url
        page.goto(url.partition("?")[0])
        expect(page).to_have_url(url)
        expect(settled(page).locator(".ranges [aria-current]")).to_have_text("Yesterday")
        assert visited.complaints == []


def test_touch_shows_the_values_under_the_finger(opened: Open, watched: Watched) -> None:
    end = watched.week.now
    with opened(f"from={end - DAY}&to={end}", viewport=PHONE, has_touch=True) as visited:
        page = settled(visited.page)
        over = page.locator("#requests .u-over")
        over.scroll_into_view_if_needed()
        box = over.bounding_box()
        assert box
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 50)
        newest = len(document(page)["charts"]["requests"]["times"]) - 1
        middle = newest // 2
        # The point under the finger or one beside it: a pixel is nearly as wide as a point.
        near = re.compile("^({})$".format("|".join(str(middle + offset) for offset in (-1, 0, 1))))
        touched, other = page.locator("#requests .plot"), page.locator("#latency .plot")
        expect(touched).to_have_attribute("aria-valuenow", near)
        # They stay although the browser thinks of a mouse that rests elsewhere, until the finger is elsewhere.
        page.wait_for_timeout(1_000)
        for plot in (touched, other):
            expect(plot).to_have_attribute("aria-valuenow", near)
        page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] - 60)
        for plot in (touched, other):
            expect(plot).to_have_attribute("aria-valuenow", str(newest))


@SIZES
def test_earlier_and_later_lead_to_the_neighbours(opened: Open, watched: Watched, size: dict[str, int]) -> None:
    end = watched.week.now
    with opened(f"from={end - DAY}&to={end}", viewport=size) as visited:
        page = settled(visited.page)
        page.get_by_role("link", name="Earlier").click()
        expect(page).to_have_url(re.compile(f"from={end - 2 * DAY}&to={end - DAY}$"))
        total = f"{watched.week.counted('covilha', end - 2 * DAY, end - DAY):,}"
        expect(page.locator('[data-value="covilha.total"]')).to_have_text(total)
        page.get_by_role("link", name="Later").click()
        expect(page).to_have_url(re.compile(f"from={end - DAY}&to={end}$"))
        page.get_by_role("link", name="24 hours").click()
        expect(page.locator(".ranges [aria-current]")).to_have_text("24 hours")
        # Behind the present there is nothing.
        expect(page.locator("[data-way=later]")).not_to_have_attribute("href", re.compile(".*"))


def test_period_before_is_a_dashed_line_that_can_be_hidden(opened: Open, watched: Watched) -> None:
    end = watched.week.now
    drawn = "document.querySelector('#requests canvas').toDataURL()"
    with opened(f"from={end - DAY}&to={end}") as visited:
        page = settled(visited.page)
        before = page.evaluate(drawn)
        page.locator("#requests").get_by_text("Show as table").click()
        expect(page.locator("#requests thead th")).to_have_count(1 + 2 * len(PAGES))
        page.locator("#requests footer button").click()
        expect(page.locator("#requests thead th")).to_have_count(1 + len(PAGES))
        assert page.evaluate(drawn) != before


def test_exports_take_the_pages_parameters(opened: Open, watched: Watched) -> None:
    end = watched.week.now
    with opened(f"from={end - DAY}&to={end}") as visited:
        page = settled(visited.page)
        shown = document(page)
        with page.expect_download() as download:
            page.locator("#latency").get_by_role("link", name="CSV").click()
        head, *rows = csv.reader(download.value.path().read_text().splitlines())
        with page.expect_navigation():
            page.get_by_role("link", name="All data as JSON").click()
        assert page.url.endswith(f"data.json?from={end - DAY}&to={end}")

    chart = shown["charts"]["latency"]
    assert head == ["time", *(series["name"] for series in chart["series"])]
    assert [[float(value) if value else None for value in row[1:]] for row in rows] == [
        list(values) for values in zip(*(series["values"] for series in chart["series"]), strict=True)
    ]


def test_hidden_or_paused_page_loads_nothing(opened: Open) -> None:
    with opened("range=15m", prepare=lambda page: page.clock.install()) as visited:
        page = settled(visited.page)
        page.get_by_role("button", name="Pause").click()
        loaded = _loaded(visited, "data.json")
        page.clock.run_for(40_000)
        assert _loaded(visited, "data.json") == loaded
        # The health is still of now.
        assert _loaded(visited, "health.json") > 0
        page.get_by_role("button", name="Pause").click()
        _let_time_pass(page, visited, "data.json", loaded)
        settled(page)
        _hide(page, "true")
        loaded, checked = _loaded(visited, "data.json"), _loaded(visited, "health.json")
        page.clock.run_for(600_000)
        assert (_loaded(visited, "data.json"), _loaded(visited, "health.json")) == (loaded, checked)
        _hide(page, "false")
        _let_time_pass(page, visited, "data.json", loaded)


def test_without_javascript_the_numbers_are_a_link_away(opened: Open) -> None:
    with opened(java_script_enabled=False) as visited:
        link = visited.page.get_by_role("link", name="requests per second", exact=True)
        with visited.page.expect_download() as download:
            link.click()
        assert download.value.path().read_bytes().startswith(b"time,homersimpson,covilha")


def test_user_who_was_logged_out_learns_it(opened: Open) -> None:
    with opened() as visited:
        page = settled(visited.page)
        page.context.clear_cookies()
        page.get_by_role("link", name="1 hour").click()
        expect(page.locator(".problems")).to_have_text("You are logged out. Reload this page to log in.")


def _loaded(visited: Visit, name: str) -> int:
    return sum(name in request.url for request in visited.requests)


def _hide(page: Page, hidden: str) -> None:
    page.evaluate(f"""() => {{
        Object.defineProperty(document, "hidden", {{ value: {hidden}, configurable: true }});
        document.dispatchEvent(new Event("visibilitychange"));
    }}""")


def _let_time_pass(page: Page, visited: Visit, name: str, loaded: int) -> None:
    """Let seconds pass on the page until it has loaded `name` once more."""
    for _ in range(100):
        if _loaded(visited, name) > loaded:
            return
        page.clock.run_for(1_000)
    raise AssertionError(f"{name} was not loaded again within 100 s of the page's time")
