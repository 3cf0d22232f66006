"""The dashboard in a real browser, over a real Prometheus that scrapes real replicas with real traffic."""

import csv
import math
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from dashboard import queries
from dashboard.ranges import RANGES, find_range
from tests.browser import Visit, accessibility_violations
from tests.e2e.dashboard.conftest import DATA, REQUESTS, Open, Rig, level

PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 800}


class Answers:
    """Lets no time pass on a page, so that it shows one answer, and keeps the answers that it got."""

    def __init__(self) -> None:
        self.data: list[Any] = []

    def __call__(self, page: Page) -> None:
        now = time.time()
        page.clock.install(time=now)
        page.clock.pause_at(now + 1)
        page.route(DATA, self._pass)

    def _pass(self, route: Route) -> None:
        response = route.fetch()
        self.data.append(response.json())
        route.fulfill(response=response)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_visit_leaves_nothing_to_complain_about(opened: Open, scheme: str, size: dict[str, int]) -> None:
    with opened(color_scheme=scheme, viewport=size) as visited:
        page = visited.page
        level(page).to_contain_text("All is well")
        expect(page.locator("canvas")).to_have_count(3)
        page.get_by_text("The same numbers as a table").first.click()

        assert accessibility_violations(page) == []
        assert visited.complaints == []
        assert visited.foreign_requests == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.parametrize("name", RANGES)
def test_totals_are_what_prometheus_says_of_the_same_moment(opened: Open, rig: Rig, name: str) -> None:
    other = "6h" if name != "6h" else "1h"
    with opened(range_=other, prepare=(answers := Answers())) as visited:
        page = visited.page
        level(page).to_contain_text("All is well")
        page.get_by_role("link", name=RANGES[name].label, exact=True).click()
        expect(page.locator(".ranges [aria-current]")).to_have_text(RANGES[name].label)
        expect(page).to_have_url(re.compile(rf"\?range={name}$"))
        expect(page.locator('[data-text="period"]')).to_have_text(f"last {RANGES[name].label}")
        data = answers.data[-1]
        shown = {
            number: page.locator(f'[data-number="{number}"]').inner_text()
            for number in data["numbers"].keys() - {"since", "age"}
        }

    assert data["problems"] == []
    assert all(len(chart["times"]) <= 301 for chart in data["charts"].values())
    for page_name in queries.PAGES:
        assert data["numbers"][f"ever.{page_name}"] == data["numbers"][f"today.{page_name}"] == REQUESTS / 2
        assert shown[f"ever.{page_name}"] == shown[f"today.{page_name}"] == str(REQUESTS // 2)
    assert (shown["replicas.up"], shown["replicas.known"], shown["errors"]) == ("2", "2", "0")
    for number, query in queries.numbers(find_range(name), data["at"]).items():
        if number.startswith(("today", "errors", "replicas")):
            assert data["numbers"][number] == rig.prometheus.value(query, data["at"]), number
        elif number != "age":
            # A scrape that was under way belongs to the same moment, and is there only when one asks again.
            said = rig.prometheus.value(query, data["at"])
            # There is no latency of the last two minutes when nobody came in them.
            expected = None if math.isnan(said) else pytest.approx(said, rel=0.1)
            assert data["numbers"][number] == expected, number
    assert shown["responses"] == f"{data['numbers']['responses']:,.0f}"


def test_table_and_download_hold_what_the_chart_shows(opened: Open, tmp_path: Path) -> None:
    with opened(prepare=(answers := Answers())) as visited:
        page = visited.page
        level(page).to_contain_text("All is well")
        chart = answers.data[0]["charts"]["requests"]
        section = page.locator('[data-chart="requests"]')
        section.get_by_text("The same numbers as a table").click()
        expect(section.locator(".table tbody tr")).to_have_count(len(chart["times"]))
        with page.expect_download() as download:
            section.get_by_role("link", name="Download as CSV").click()
        download.value.save_as(tmp_path / "chart.csv")

    head, *rows = csv.reader((tmp_path / "chart.csv").read_text().splitlines())
    assert head == ["time", "homersimpson", "covilha"]
    assert [[float(value) if value else None for value in row[1:]] for row in rows] == [
        list(values) for values in zip(*(curve["values"] for curve in chart["curves"]), strict=True)
    ]
    assert download.value.suggested_filename == "homercovilha-requests-15m.csv"


def test_hidden_tab_asks_nothing_and_asks_at_once_when_it_is_back(opened: Open) -> None:
    with opened(prepare=lambda page: page.clock.install()) as visited:
        page = visited.page
        level(page).to_contain_text("All is well")
        for hidden in ("true", "false"):
            before = _asked(visited)
            page.evaluate(f"""() => {{
                Object.defineProperty(document, "hidden", {{ value: {hidden}, configurable: true }});
                document.dispatchEvent(new Event("visibilitychange"));
            }}""")
            if hidden == "true":
                page.clock.fast_forward(600_000)
                assert _asked(visited) == before
        _wait_until(page, lambda: _asked(visited) == before + 1)
        expect(page.locator("#metrics")).to_have_attribute("aria-busy", "false")
        page.clock.fast_forward(16_000)
        _wait_until(page, lambda: _asked(visited) == before + 2)


def test_chosen_theme_recolours_the_charts(opened: Open) -> None:
    with opened() as visited:
        page = visited.page
        expect(page.locator("canvas")).to_have_count(3)
        page.evaluate("document.documentElement.dataset.theme = 'light'")
        expect(page.locator(".u-marker").nth(1)).to_have_css("border-top-color", "rgb(11, 111, 184)")
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        expect(page.locator(".u-marker").nth(1)).to_have_css("border-top-color", "rgb(90, 180, 245)")


def _asked(visited: Visit) -> int:
    return sum(1 for request in visited.requests if DATA.search(request.url))


def _wait_until(page: Page, condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < end
        page.evaluate("1")  # Lets Playwright tell what happened meanwhile.
        time.sleep(0.05)
