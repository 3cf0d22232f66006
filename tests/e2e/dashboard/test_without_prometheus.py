"""The dashboard without Prometheus, without JavaScript, without a login: always a page that says what to do."""

from playwright.sync_api import expect

from tests.browser import accessibility_violations
from tests.e2e.dashboard.conftest import REQUESTS, Open, Rig, level


def test_without_prometheus_the_page_comes_and_says_what_to_do(opened: Open, rig: Rig) -> None:
    with opened(rig.site_without_prometheus) as visited:
        page = visited.page
        level(page).to_contain_text("Nothing can be shown")
        level(page).to_contain_text("cannot be reached")
        level(page).to_contain_text("Check that it runs, that PROMETHEUS_URL is right")
        expect(page.locator("#metrics")).to_have_attribute("aria-busy", "false")
        expect(page.locator(".plot:empty")).to_have_count(3)
        assert accessibility_violations(page) == []
        assert visited.complaints == []


def test_without_javascript_the_numbers_are_a_link_away(opened: Open) -> None:
    with opened(java_script_enabled=False) as visited:
        link = visited.page.get_by_role("link", name="requests a second", exact=True)
        with visited.page.expect_download() as download:
            link.click()
        assert download.value.path().read_bytes().startswith(b"time,homersimpson,covilha\r\n")


def test_who_was_logged_out_is_told_so(opened: Open) -> None:
    with opened() as visited:
        page = visited.page
        level(page).to_contain_text("All is well")
        page.context.clear_cookies()
        page.get_by_role("link", name="1 hour").click()
        level(page).to_contain_text("You are logged out. Load this page again to log in.")


def test_replicas_themselves_are_the_source_where_there_is_no_prometheus(opened: Open, rig: Rig) -> None:
    with opened(rig.site_of_replicas) as visited:
        page = visited.page
        level(page).to_contain_text("All is well")
        expect(page.locator('[data-number="ever.covilha"]')).to_have_text(str(REQUESTS // 2))
        expect(page.locator('[data-text="fresh"]')).to_contain_text("The replicas themselves")
        expect(page.locator("canvas")).to_have_count(3)
        expect(page.locator('[data-number="per_second.covilha"]')).to_have_text("0/s")
        assert visited.complaints == []
        assert accessibility_violations(page) == []
