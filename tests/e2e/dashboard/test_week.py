"""The dashboard over a real Prometheus with a known week: each of an operator's questions, by mouse and by keyboard."""

import csv
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.dashboard.conftest import DESK, PHONE, Open, Watched, document, settled
from tests.e2e.dashboard.week import DAY, HOUR, PAGES

pytestmark = pytest.mark.long
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])


@pytest.fixture
def day(watched: Watched) -> str:
    """The query of the 24 hours before the week's end, whenever it is asked."""
    return f"from={watched.week.now - DAY}&to={watched.week.now}"


@SIZES
def test_big_numbers_are_the_exact_counts_of_the_range(
    opened: Open, watched: Watched, day: str, size: dict[str, int]
) -> None:
    end = watched.week.now
    with opened(day, viewport=size) as visited:
        page = settled(visited.page)
        for name in PAGES:
            total, before = (watched.week.counted(name, end - n * DAY, end - (n - 1) * DAY) for n in (1, 2))
            card = page.locator(".stats > div").filter(has_text=f"/{name}")
            change = 100 * (total - before) / before

            expect(card.locator(".big")).to_have_text(f"{total:,}")
            expect(card).to_contain_text(f"{'▲' if change > 0 else '▼'} {abs(change):.0f} %")
            expect(card.locator(".sparkline path")).to_have_attribute("d", re.compile("^M0 .*L"))
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]


@pytest.mark.parametrize(
    ("size", "ago"), [(PHONE, HOUR), (DESK, DAY), (DESK, 3 * DAY)], ids=["minutes", "hours", "days"]
)
def test_bars_add_up_to_the_total_to_the_unit(
    opened: Open, watched: Watched, size: dict[str, int], ago: int, tmp_path: Path
) -> None:
    end = watched.week.now
    with opened(f"from={end - ago}&to={end}", viewport=size) as visited:
        page = settled(visited.page)
        chart = page.locator("#requests")
        chart.get_by_role("button", name="Exact counts").click()
        chart.get_by_text("Show as table").click()
        cells = chart.locator("tbody tr").evaluate_all(
            "(rows) => rows.map((row) => [...row.cells].map((c) => c.innerText))"
        )
        big = [page.locator(f'[data-value="{name}.total"]').inner_text() for name in PAGES]
        with page.expect_download() as download:
            chart.get_by_role("link", name="CSV").click()
        download.value.save_as(tmp_path / "counts.csv")

    _, *rows = csv.reader((tmp_path / "counts.csv").read_text().splitlines())
    for column, name in enumerate(PAGES, start=1):
        total = watched.week.counted(name, end - ago, end)
        assert sum(int(row[column].replace(",", "")) for row in cells) == total
        assert sum(float(row[column]) for row in rows) == total
        assert big[column - 1] == f"{total:,}"


@SIZES
def test_drag_zooms_all_charts_and_the_way_back_is_in_the_history(
    opened: Open, watched: Watched, day: str, size: dict[str, int]
) -> None:
    with opened(day, viewport=size) as visited:
        page = settled(visited.page)
        _drag(page, page.locator("#requests .u-over"), 0.25, 0.5)
        expect(page).to_have_url(re.compile(r"\?from=\d+&to=\d+$"))
        zoomed = parse_qs(urlsplit(page.url).query)
        shown = document(settled(page))
        page.go_back()
        expect(page).to_have_url(re.compile(f"{day}$"))
        total = watched.week.counted("homersimpson", watched.week.now - DAY, watched.week.now)
        expect(page.locator('[data-value="homersimpson.total"]')).to_have_text(f"{total:,}")

    begin, end = (int(zoomed[name][0]) for name in ("from", "to"))
    # The pointer moves by whole pixels, of which the narrow plot has 270.
    assert begin == pytest.approx(watched.week.now - 0.75 * DAY, abs=0.01 * DAY)
    assert end == pytest.approx(watched.week.now - 0.5 * DAY, abs=0.01 * DAY)
    assert (shown["range"]["start"], shown["range"]["end"]) == (begin, end)
    assert all(begin <= time <= end for chart in shown["charts"].values() for time in chart["times"])


def test_keyboard_reads_values_and_zooms(opened: Open, day: str) -> None:
    with opened(day) as visited:
        page = settled(visited.page)
        chart = document(page)["charts"]["latency"]
        plot = page.locator("#latency .plot")
        plot.focus()
        page.keyboard.press("Home")
        expect(plot).to_have_attribute("aria-valuenow", "0")
        p95 = next(series["values"][0] for series in chart["series"] if series["name"] == "p95")
        said = re.search(r"p95 ([\d.]+) ms", plot.get_attribute("aria-valuetext") or "")
        # Three digits are written, and half a digit is rounded up by some and down by others.
        assert said
        assert float(said[1]) == pytest.approx(1_000 * p95, rel=0.005)
        page.keyboard.press("ArrowRight")
        # The other charts follow.
        expect(page.locator("#requests .plot")).to_have_attribute("aria-valuenow", "1")
        for _ in range(3):
            page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(f"from={chart['times'][1]:.0f}&to={chart['times'][4]:.0f}$"))


def test_outage_is_seen_in_answers_exceptions_and_errors(opened: Open, watched: Watched) -> None:
    begin, end = watched.week.outage
    with opened(f"from={begin:.0f}&to={end:.0f}") as visited:
        page = settled(visited.page)
        expect(page.locator(".answers tbody tr").first).to_have_text(re.compile(r"^500"))
        expect(page.locator(".answers tbody")).to_contain_text("405<unnamed view>POST")
        expect(page.locator(".exceptions tbody tr")).to_have_text([re.compile("^KeyError"), re.compile("^OSError")])
        share = float(page.locator('[data-value="errors_percent"]').inner_text().removesuffix(" %"))
        expect(page.locator("#answers .legend")).to_contain_text("5xx")

    assert share == pytest.approx(30, abs=1)


@SIZES
def test_deployment_is_one_event_and_a_click_compares_it(opened: Open, watched: Watched, size: dict[str, int]) -> None:
    deployed = watched.week.now - (watched.week.deployed_ago or 0)
    with opened(f"from={deployed - 2 * HOUR}&to={deployed + 2 * HOUR}", viewport=size) as visited:
        page = settled(visited.page)
        flag = page.locator("#requests .flags button")
        expect(flag).to_have_count(1)
        # Around midnight it says the day too.
        title = r"1\.4\.0: 4 replaced (\d+ \w+ )?\d\d:\d\d–(\d+ \w+ )?\d\d:\d\d"
        assert re.fullmatch(title, flag.get_attribute("aria-label") or "")
        flag.click()
        dialog = page.get_by_role("dialog")
        # One of four replicas is five times as slow since.
        expect(dialog.locator("tr", has_text="p95")).to_contain_text("▲")
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        expect(flag).to_be_focused()
        page.locator(".events").get_by_role("button", name="1.4.0").click()
        expect(dialog.locator("tbody tr").first).to_be_visible()


@SIZES
def test_odd_replica_is_marked_sorted_and_drawn_over_the_others(
    opened: Open, watched: Watched, day: str, size: dict[str, int]
) -> None:
    slow = next(pod.name for pod in watched.week.replicas if pod.slow)
    with opened(day, viewport=size) as visited:
        page = settled(visited.page)
        rows = page.locator(".replicas tbody tr")
        expect(rows).to_have_count(watched.week.pods)
        expect(rows.first).to_contain_text(slow)
        expect(rows.first).to_contain_text("⚠")
        expect(rows.first).to_contain_text("1.4.0 9f3d27b")
        assert [row.split()[0] for row in rows.all_inner_texts()] == [one["pod"] for one in document(page)["replicas"]]
        page.get_by_role("button", name="Replica", exact=True).click()
        alive = sorted(pod.name for pod in watched.week.replicas if pod.end > watched.week.now)
        assert [row.split()[0] for row in rows.all_inner_texts()] == alive
        page.get_by_role("button", name="p95", exact=True).click()
        expect(page.locator("th[aria-sort=descending]")).to_have_text("p95")
        expect(rows.first).to_contain_text(slow)
        page.get_by_role("button", name=slow).click()
        expect(page).to_have_url(re.compile(f"pod={slow}$"))
        expect(page.locator("#replicas .legend")).to_contain_text(slow)
        expect(page.get_by_role("button", name=slow)).to_have_attribute("aria-pressed", "true")
        page.get_by_role("button", name=slow).click()
        expect(page.locator("#replicas .legend")).not_to_contain_text(slow)
        assert visited.complaints == []


def _drag(page: Page, over: Locator, begin: float, end: float) -> None:
    """Drag with the mouse from one share of the plot's width to another."""
    over.scroll_into_view_if_needed()
    box = over.bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + begin * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + end * box["width"], middle, steps=2)
    page.mouse.up()
