"""Make pages/static/pages/preview.png anew, the picture beside a link to the site: `make screenshots`."""

from tests.support.browser import chromium, visit
from tests.support.servers import ROOT, Gunicorn

# 1.91 to 1, as those who show it crop it; here the cards are whole.
SIZE = {"width": 1320, "height": 690}
FILE = ROOT / "pages/static/pages/preview.png"
# The two cards under the site's name, at any time of day as at noon.
CARDS_ALONE = """() => {
    document.querySelectorAll("h1, .lead, nav, footer").forEach((element) => element.remove());
    document.querySelector(".sky").className = "card covilha sky day";
}"""


def main() -> None:
    """Show the home page to a browser, and keep what it draws."""
    with (
        Gunicorn(WEB_CONCURRENCY="1") as site,
        chromium() as browser,
        visit(browser, site.url, viewport=SIZE, color_scheme="light", reduced_motion="reduce") as home,
    ):
        home.page.evaluate(CARDS_ALONE)
        home.page.screenshot(path=FILE)
        print(FILE)


if __name__ == "__main__":
    main()
