"""A real browser for tests, and a witness of everything that a visit should not cause."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.support.programs import AXE, require

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
REPORT_VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`CSP: ${event.effectiveDirective} forbids ${event.blockedURI}`));
"""
SHIFT = """() => new Promise((resolve) => {
    let sum = 0;
    new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => { sum += value; }))
        .observe({ type: "layout-shift", buffered: true });
    requestAnimationFrame(() => setTimeout(() => resolve(sum)));
})"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium without its windows, which cost as much again as the pages, and end it with the block.

    Keep it no longer than a module: while it lives, its event loop keeps Django's ORM from working in this thread.
    """
    program = require("chromium-headless-shell")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Visit:
    """A page just opened, and what was heard meanwhile: console messages, errors, requests to other hosts."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.add_init_script(REPORT_VIOLATIONS)
        self.page.on("console", self._hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"{request.url}: {request.failure}"))
        self.page.on("request", lambda request: self.requests.append(request))

    @property
    def foreign_requests(self) -> list[str]:
        """Return the URLs that were asked of any host or port but the page's own."""
        own = urlsplit(self.url).netloc
        return [request.url for request in self.requests if urlsplit(request.url).netloc != own]

    def _hear(self, message: ConsoleMessage) -> None:
        # Chromium notes that the page itself is a 404, which is what was asked for.
        if not (message.location["url"] == self.url and "404 (Not Found)" in message.text):
            self.complaints.append(message.text)


@contextmanager
def visit(
    browser: Browser, url: str, prepare: Callable[[Page], object] | None = None, **context_options: Any
) -> Iterator[Visit]:
    """Open `url` in a fresh context, and close it with the block.

    `prepare` gets the page before it is opened; for `context_options` see Browser.new_context.
    """
    with browser.new_context(**context_options) as context:
        context.set_default_timeout(20_000)
        visited = Visit(context.new_page(), url)
        if prepare:
            prepare(visited.page)
        visited.page.goto(url)
        yield visited


def accessibility_violations(page: Page) -> list[str]:
    """Return what axe-core finds wrong with the page as it is now, one line each."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe_source())
    result = page.evaluate("() => axe.run({ resultTypes: ['violations'] })")
    return [f"{found['id']}: {node['html']}" for found in result["violations"] for node in found["nodes"]]


def layout_shift(page: Page) -> float:
    """Return how much has jumped on the page since it was opened: https://web.dev/articles/cls calls 0.1 good."""
    return float(page.evaluate(SHIFT))


def axe_source() -> str:
    """Return axe-core's program; without it the test is skipped, or failed in CI (see `require`)."""
    return AXE.read_text() if AXE.exists() else require(str(AXE))
