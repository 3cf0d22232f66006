"""How the dashboard looks and is reached, at each size, in each theme and in each state."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.dashboard.conftest import DESK, PHONE, TABLET, Open, Watched, settled
from tests.support.browser import accessibility_violations, layout_shift

pytestmark = pytest.mark.long
WIDE = {"width": 1200, "height": 900}
REACHABLE = "#metrics :is(a[href], button, summary, [tabindex='0'])"
FOCUSED = """() => {
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    const all = [...document.querySelectorAll("SELECTOR")];
    return [all.indexOf(document.activeElement), outlineStyle !== "none" && parseFloat(outlineWidth) >= 2];
}""".replace("SELECTOR", REACHABLE)


def _changed(change: Callable[[Any], None]) -> Callable[[Page], None]:
    """Return what lets a page show the real data with a change."""

    def answer(route: Route) -> None:
        response = route.fetch()
        data = response.json()
        change(data)
        route.fulfill(response=response, json=data)

    def prepare(page: Page) -> None:
        page.route(re.compile(r"/(data|health)\.json"), answer)

    return prepare


WARNINGS = {
    "replicas": "1 of 20 replicas does not answer. See kubectl get pods, and the log of those that are not ready.",
    "errors": "20 of 1,000 answers in the last minute failed (2 %). The log of the replicas has the traceback of each.",
    "latency": "p99 is 375 ms; 1 ms at this hour yesterday.",
}


def _state(state: str) -> Callable[[Any], None]:
    def change(data: Any) -> None:
        data["health"] |= {"state": state, "title": state.title()}
        for check in data["health"]["checks"]:
            if check["name"] in WARNINGS:
                check |= {"state": state, "sentence": WARNINGS[check["name"]]}
        data["health"]["checks"].append(
            {
                "name": "alerts",
                "title": "1 alert",
                "state": state,
                "sentence": "HomercovilhaErrors: More than 1 % of the answers are server errors.",
                "chart": "requests",
            }
        )

    return change


def _unavailable(data: Any) -> None:
    data["source"]["available"] = False
    data["problems"] = ["Prometheus at http://127.0.0.1:9090 cannot be reached. Check that it runs."]


STATES: dict[str, tuple[str, Callable[[Any], None]]] = {
    "healthy": ("", lambda _: None),
    "warning": ("", _state("warning")),
    "critical": ("&pod=homercovilha-7b9c-01", _state("critical")),
    "prometheus-away": ("", _unavailable),
}


@pytest.mark.parametrize("name", STATES)
def test_state_leaves_nothing_to_complain_about(opened: Open, name: str) -> None:
    suffix, change = STATES[name]
    with opened(f"range=7d{suffix}", _changed(change)) as visited:
        page = settled(visited.page)
        for size in (PHONE, TABLET, DESK):
            page.set_viewport_size(size)  # type: ignore[arg-type] # It has the two keys.
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                # The admin's links fade from one colour to the other.
                page.evaluate("document.getAnimations().forEach((animation) => animation.finish())")
                assert accessibility_violations(page) == [], (size, scheme)
            assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        if name != "prometheus-away":
            expect(page.locator(".health")).to_have_attribute("data-state", name.replace("healthy", "ok"))
        page.unroute_all(behavior="ignoreErrors")
        assert visited.complaints == []
        assert visited.foreign_requests == []


def test_range_without_data_says_so(opened: Open, watched: Watched) -> None:
    long_ago = int(watched.week.start) - 10 * 86_400
    with opened(f"from={long_ago}&to={long_ago + 3_600}") as visited:
        page = settled(visited.page)
        expect(page.locator(".plot[data-empty]")).to_have_count(4)
        expect(page.locator(".plot").first).to_have_attribute("aria-valuetext", "No data in this range")
        assert accessibility_violations(page) == []
        assert visited.complaints == []


@pytest.mark.parametrize("state", ["healthy", "warning"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_jumps_and_the_first_chart_is_on_the_first_screen(
    opened: Open, size: dict[str, int], state: str
) -> None:
    with opened("range=7d", _changed(STATES[state][1]), viewport=size) as visited:
        page = settled(visited.page)
        plot = page.locator(".plot").first.bounding_box()

        shift = layout_shift(page)
        print(f"\nlayout shift {shift:.3f}")
        assert shift < 0.05
        assert plot
        assert plot["y"] + (plot["height"] if size == PHONE else 0) <= size["height"]


def test_charts_stand_side_by_side_on_a_wide_screen_and_fill_their_cards(opened: Open) -> None:
    with opened("range=7d", viewport=WIDE) as visited:
        page = settled(visited.page)
        boxes = page.locator(".chart").evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().toJSON())")
        plots = page.locator(".plot").evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().height)")
        cards = page.locator(".stats > div").evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().top)")

        assert [box["top"] for box in boxes[:2]] == [boxes[0]["top"]] * 2
        assert boxes[0]["right"] < boxes[1]["left"]
        assert min(plot / box["height"] for plot, box in zip(plots, boxes, strict=True)) >= 0.65
        assert len(set(cards)) == 1
        # A legend of two lines beside one of none moves no plot.
        page.locator("#answers .legend").evaluate("(legend) => legend.replaceChildren()")
        page.set_viewport_size(DESK)  # type: ignore[arg-type] # It has the two keys.
        tops = page.locator(".plot").evaluate_all("(all) => all.map((one) => one.getBoundingClientRect().top)")
        assert tops[1::2] == tops[::2]
        page.set_viewport_size(PHONE)  # type: ignore[arg-type] # It has the two keys.
        expect(page.locator(".stats")).to_have_css("grid-template-columns", "182px 182px")


def test_keyboard_reaches_everything_with_a_visible_focus(opened: Open) -> None:
    with opened("range=7d") as visited:
        page = settled(visited.page)
        page.get_by_role("button", name="Pause").click()
        reachable = page.locator(REACHABLE).count()
        page.locator("#content-start").focus()
        reached = set()
        for _ in range(reachable + 1):
            page.keyboard.press("Tab")
            index, ringed = page.evaluate(FOCUSED)
            reached.add(index)
            assert ringed or index < 0, index

        # The dialog and closed tables are not shown.
        hidden = page.locator(REACHABLE).evaluate_all(
            "(all) => all.flatMap((one, index) => (one.checkVisibility() ? [] : [index]))"
        )
        assert set(range(reachable)) - reached == set(hidden)


def test_forced_colours_keep_the_swatches_and_the_charts(opened: Open) -> None:
    with opened("range=7d", forced_colors="active") as visited:
        page = settled(visited.page)

        # The browser chooses the colours, which axe does not see.
        assert [one for one in accessibility_violations(page) if not one.startswith("color-contrast")] == []
        colours = page.locator("#latency .legend i").evaluate_all(
            "(all) => all.map((i) => getComputedStyle(i).backgroundColor)"
        )
        assert len(set(colours)) == 3


def test_chosen_theme_recolours_the_charts(opened: Open) -> None:
    drawn = "document.querySelector('#answers canvas').toDataURL()"
    with opened("range=7d", color_scheme="light") as visited:
        page = settled(visited.page)
        light = page.evaluate(drawn)
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        page.wait_for_function(f"(light) => {drawn} !== light", arg=light)
