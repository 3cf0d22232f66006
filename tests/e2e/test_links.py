"""A real mouse click on every link of every page arrives, whatever lies over the link."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Response

from tests.support.admin_site import PASSWORD, USERNAME, admin_site
from tests.support.browser import chromium
from tests.support.servers import Gunicorn

pytestmark = pytest.mark.long
PATHS = ["/", "/homersimpson", "/covilha"]
# More parameters than Django reads.
BAD_REQUEST = f"/covilha?{'a&' * 1_001}"
SIZES = [(390, 844), (1280, 800)]
# But those within the page.
LINKS = "a[href]:not([href^='#'])"
COVERING = """(link, [x, y]) => {
    const hit = document.elementFromPoint(x, y);
    return link.contains(hit) ? null : hit.outerHTML.slice(0, 80);
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module", params=SIZES, ids=lambda size: f"{size[0]}px")
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, height = request.param
    with browser.new_context(viewport={"width": width, "height": height}, reduced_motion="reduce") as context:
        context.set_default_timeout(20_000)
        yield context.new_page()


@pytest.fixture(scope="module")
def failing(static_files: Path) -> Iterator[Gunicorn]:
    assert static_files.is_dir()
    with Gunicorn(DJANGO_SETTINGS_MODULE="tests.e2e.failing_settings", WEB_CONCURRENCY="1") as site:
        yield site


@pytest.fixture(scope="module")
def admin(static_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    """Yield an admin site whose one user is of the staff and may see nothing."""
    assert static_files.is_dir()
    folder = tmp_path_factory.mktemp("admin")
    site = admin_site(folder)
    with closing(sqlite3.connect(folder / "db.sqlite3", isolation_level=None)) as database:
        database.execute("UPDATE auth_user SET is_superuser = FALSE")
    with site:
        yield site


@pytest.fixture
def refused(admin: Gunicorn, page: Page) -> Iterator[Page]:
    """Yield the page on which that user has logged in."""
    page.goto(f"{admin.url}/admin/login/")
    page.get_by_label("Username").fill(USERNAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    yield page
    page.context.clear_cookies()


@pytest.mark.parametrize("path", PATHS)
def test_every_link_can_be_clicked(page: Page, site: Gunicorn, path: str) -> None:
    assert_every_link_arrives(page, lambda: page.goto(site.url + path), 200)


@pytest.mark.parametrize(("path", "status"), [(BAD_REQUEST, 400), ("/nowhere", 404), ("/fail", 500)])
def test_every_link_of_an_error_page_can_be_clicked(page: Page, failing: Gunicorn, path: str, status: int) -> None:
    assert_every_link_arrives(page, lambda: page.goto(failing.url + path), status)


@pytest.mark.parametrize(("path", "status"), [("/admin/metrics/", 403), ("/admin/nowhere", 404)])
def test_every_link_of_the_admins_error_pages_can_be_clicked(
    refused: Page, admin: Gunicorn, path: str, status: int
) -> None:
    assert_every_link_arrives(refused, lambda: refused.goto(admin.url + path), status)


def test_refused_user_can_log_out_by_mouse(refused: Page, admin: Gunicorn) -> None:
    refused.goto(f"{admin.url}/admin/metrics/")
    refused.locator("main").get_by_role("button", name="Log out").click()
    assert refused.get_by_role("link", name="Log in again").is_visible()


def test_every_link_of_a_refused_method_can_be_clicked(page: Page, site: Gunicorn) -> None:
    def post() -> Response | None:
        page.route("**/covilha", lambda route: route.continue_(method="POST"), times=1)
        return page.goto(f"{site.url}/covilha")

    assert_every_link_arrives(page, post, 405)


def assert_every_link_arrives(page: Page, visit: Callable[[], Response | None], status: int) -> None:
    """Click the middle of each link of the page that `visit` opens; fail if another element takes the click.

    `status` is the page's own. Each click has to make the browser ask for the link's target, which has to be there; but
    the page stays open for the next click, as the browser is answered that there is no content.
    """
    answer = visit()
    assert answer
    assert answer.status == status
    links = page.locator(LINKS).all()
    assert links
    targets = set()
    page.route("**", lambda route: route.fulfill(status=204))
    for link in links:
        link.scroll_into_view_if_needed()
        target = link.evaluate("(link) => link.href")
        targets.add(target)
        box = link.bounding_box()
        assert box
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        covering = link.evaluate(COVERING, middle)
        assert covering is None, f"{covering} lies over the link to {target}"
        with page.expect_response(target) as answered:
            page.mouse.click(*middle)
        assert answered.value.request.is_navigation_request(), target
    page.unroute_all()
    assert [target for target in targets if not page.request.get(target).ok] == []
