"""What a visitor's browser makes of the pages, served by gunicorn as in production."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.support.browser import accessibility_violations, chromium, layout_shift, visit
from tests.support.servers import Gunicorn

PATHS = ["/", "/homersimpson", "/covilha", "/nowhere"]
PHONE, TABLET, DESK = ({"width": width, "height": height} for width, height in ((390, 844), (768, 1024), (1280, 800)))
SLACK = timedelta(seconds=5)
TOO_WIDE = """() => [...document.querySelectorAll("body *:not(svg *)")]
    .filter((element) => element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .map((element) => element.outerHTML.slice(0, 80))"""

LISBON = ZoneInfo("Europe/Lisbon")
CHANGES = [datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 10, 25, 1, tzinfo=UTC)]
REMEMBER_EVERY_TIME_SHOWN = """
globalThis.shown = [];
new MutationObserver(() => {
    if (document.readyState === "loading") return;
    const text = (id) => document.getElementById(id).textContent;
    shown.push([document.getElementById("time").dateTime, text("time"), text("abbreviation"), text("offset")]);
}).observe(document, {subtree: true, childList: true, characterData: true});
"""

expect.set_options(timeout=20_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.mark.parametrize("path", PATHS)
def test_visit_leaves_nothing_to_complain_about(browser: Browser, site: Gunicorn, path: str) -> None:
    with visit(browser, site.url + path) as visited:
        page = visited.page
        for size in (PHONE, TABLET, DESK):
            page.set_viewport_size(size)  # type: ignore[arg-type] # It has the two keys.
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                assert accessibility_violations(page) == [], (size, scheme)
            assert page.evaluate(TOO_WIDE) == [], size
        assert visited.complaints == []
        assert visited.foreign_requests == []
        assert page.context.cookies() == []


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_jumps(browser: Browser, site: Gunicorn, path: str, size: dict[str, int]) -> None:
    with visit(browser, site.url + path, viewport=size) as visited:
        if path == "/covilha":
            shown = visited.page.locator("#time")
            expect(shown).not_to_have_text(shown.inner_text())

        assert layout_shift(visited.page) < 0.05


@pytest.mark.parametrize("phase", ["night", "dawn", "day", "dusk"])
def test_every_sky_is_accessible(browser: Browser, site: Gunicorn, phase: str) -> None:
    with visit(browser, f"{site.url}/covilha", reduced_motion="reduce") as visited:
        visited.page.evaluate(f"document.body.className = 'sky {phase}'")

        assert accessibility_violations(visited.page) == []


def test_homer_is_drawn(browser: Browser, site: Gunicorn) -> None:
    with visit(browser, f"{site.url}/homersimpson") as visited:
        picture = visited.page.get_by_role("img", name=re.compile("Homer Simpson"))

        assert picture.evaluate("(image) => image.complete && image.naturalWidth") > 0


def test_clock_is_complete_without_javascript(browser: Browser, site: Gunicorn) -> None:
    with visit(browser, f"{site.url}/covilha", java_script_enabled=False) as visited:
        shown = visited.page.locator("#time")

        assert re.fullmatch(r"\d\d:\d\d:\d\d", shown.inner_text())
        assert abs(datetime.fromisoformat(shown.get_attribute("datetime") or "") - datetime.now(UTC)) < SLACK
        assert re.fullmatch(r"\w+day \d+ \w+ \d{4}", visited.page.locator("#date").inner_text())
        expect(visited.page.locator("#hour-hand")).to_have_attribute("transform", re.compile(r"rotate\(.+\)"))
        expect(visited.page.get_by_text("Europe/Lisbon")).to_be_visible()


def test_clock_goes_on_from_the_servers_time_not_the_visitors(browser: Browser, site: Gunicorn) -> None:
    def set_clock(page: Page) -> None:
        page.add_init_script("Date.now = () => 0")

    with visit(browser, f"{site.url}/covilha", prepare=set_clock) as visited:
        shown = visited.page.locator("#time")
        for _ in range(2):
            expect(shown).not_to_have_text(shown.inner_text())

        assert abs(datetime.fromisoformat(shown.get_attribute("datetime") or "") - datetime.now(UTC)) < SLACK


@pytest.mark.parametrize("change", CHANGES, ids=["spring", "autumn"])
def test_open_page_goes_through_the_change_of_clocks(browser: Browser, site: Gunicorn, change: datetime) -> None:
    told = round((change.timestamp() - 5) * 1000)

    def answer(route: Route) -> None:
        real = route.fetch()
        route.fulfill(response=real, body=re.sub(r'(?<=server-time" value=")\d+', str(told), real.text()))

    def set_clock(page: Page) -> None:
        page.add_init_script(REMEMBER_EVERY_TIME_SHOWN)
        page.route("**/covilha", answer)

    with visit(browser, f"{site.url}/covilha", set_clock, reduced_motion="reduce") as visited:
        expect(visited.page.locator("#offset")).to_have_text(change.astimezone(LISBON).isoformat()[-6:])
        shown = visited.page.evaluate("shown")

    local = [datetime.fromisoformat(moment).astimezone(LISBON) for moment, *_ in shown]
    expected = [[t.isoformat(), f"{t:%H:%M:%S}", f"{t:%Z}", t.isoformat()[-6:]] for t in local]
    assert shown == expected
    assert {time.utcoffset() for time in local} == {timedelta(0), timedelta(hours=1)}


def test_page_asks_again_after_the_machine_slept(browser: Browser, site: Gunicorn) -> None:
    with visit(browser, f"{site.url}/covilha") as visited:
        page = visited.page
        with page.expect_response("**/covilha"):
            page.evaluate("{ const awake = Date.now; Date.now = () => awake() + 3_600_000; }")
        shown = page.locator("#time").get_attribute("datetime") or ""

        assert abs(datetime.fromisoformat(shown) - datetime.now(UTC)) < SLACK
        assert visited.complaints == []


def test_nothing_turns_for_those_who_prefer_reduced_motion(browser: Browser, site: Gunicorn) -> None:
    with visit(browser, f"{site.url}/covilha", reduced_motion="reduce") as visited:
        expect(visited.page.locator("#second-hand")).to_be_hidden()
        assert visited.page.evaluate("document.getAnimations().length") == 0


def test_sunrise_and_sky_follow_the_day_while_the_page_stays_open(browser: Browser, site: Gunicorn) -> None:
    midnight = datetime(2026, 7, 1, 23, tzinfo=UTC).timestamp()

    def answer(route: Route) -> None:
        real = route.fetch()
        begun = midnight - 3 if route.request.is_navigation_request() else midnight + 5
        page = re.sub(r'(?<=server-time" value=")\d+', str(round(begun * 1000)), real.text())
        if not route.request.is_navigation_request():
            page = page.replace('id="sunrise">', 'id="sunrise">new ').replace('data-dawn="', 'data-dawn="1')
        route.fulfill(response=real, body=page)

    def set_clock(page: Page) -> None:
        page.add_init_script("Math.random = () => 0")
        page.route("**/covilha", answer)

    with visit(browser, f"{site.url}/covilha", set_clock, reduced_motion="reduce") as visited:
        expect(visited.page.locator("#sunrise")).to_have_text(re.compile(r"new \d\d:\d\d"))
        assert visited.page.evaluate("document.body.dataset.dawn").startswith("11")
        assert visited.complaints == []


@pytest.mark.parametrize("width", [390, 740, 810, 880, 1280])
def test_text_of_a_card_and_its_picture_do_not_overlap(browser: Browser, site: Gunicorn, width: int) -> None:
    with visit(browser, site.url, viewport={"width": width, "height": 900}) as visited:
        picture = visited.page.locator(".homersimpson img").bounding_box()
        text = visited.page.locator(".homersimpson p").bounding_box()

        assert picture
        assert text
        assert text["y"] + text["height"] <= picture["y"]
