"""A real mouse click on every link of every page arrives, whatever lies over the link."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.support.browser import chromium
from tests.support.servers import Gunicorn

PATHS = ["/", "/homersimpson", "/covilha", "/nowhere"]
SIZES = [(390, 844), (1280, 800)]
COVERING = """([index, x, y]) => {
    const hit = document.elementFromPoint(x, y);
    return document.querySelectorAll("a[href]")[index].contains(hit) ? null : hit.outerHTML.slice(0, 80);
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[0]}px")
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        context.set_default_timeout(20_000)
        yield context.new_page()


@pytest.mark.parametrize("path", PATHS)
def test_every_link_can_be_clicked(page: Page, site: Gunicorn, path: str) -> None:
    assert_every_link_arrives(page, lambda: page.goto(site.url + path))


def test_every_link_of_a_refused_method_can_be_clicked(page: Page, site: Gunicorn) -> None:
    def post() -> None:
        page.route("**/covilha", lambda route: route.continue_(method="POST"), times=1)
        answer = page.goto(f"{site.url}/covilha")
        assert answer
        assert answer.status == 405

    assert_every_link_arrives(page, post)


def assert_every_link_arrives(page: Page, visit: Callable[[], object]) -> None:
    """Click the middle of each link of the page that `visit` opens; fail if another element takes the click."""
    visit()
    links = page.locator("a[href]")
    count = links.count()
    assert count
    for index in range(count):
        if index:
            visit()
        link = links.nth(index)
        link.scroll_into_view_if_needed()
        target = link.evaluate("(link) => link.href")
        box = link.bounding_box()
        assert box
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        covering = page.evaluate(COVERING, [index, *middle])
        assert covering is None, f"{covering} lies over the link to {target}"
        with page.expect_navigation(url=target):
            page.mouse.click(*middle)
