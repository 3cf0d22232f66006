"""The dashboard where there is no Prometheus: the site keeps a history of its own."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.dashboard.conftest import DESK, PHONE, log_in, settled
from tests.support.admin_site import PASSWORD, USERNAME
from tests.support.browser import accessibility_violations, visit
from tests.support.load import Load
from tests.support.servers import ROOT, Gunicorn, wait_until_it_answers

REQUESTS = 60
LIVING_WITHIN = 10


class Development(Gunicorn):
    """What `make run` serves, with a database of its own."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.environ = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "homercovilha.settings.development",
            "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
            "DJANGO_SUPERUSER_USERNAME": USERNAME,
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        }

    def start(self) -> "Development":
        manage = [sys.executable, "manage.py"]
        for command in (["migrate", "--verbosity=0"], ["ensure_superuser"]):
            subprocess.run([*manage, *command], cwd=ROOT, env=self.environ, check=True, stdout=subprocess.DEVNULL)
        serve = [*manage, "runserver", "--noreload", f"127.0.0.1:{self.port}"]
        output = subprocess.DEVNULL
        self.process = subprocess.Popen(serve, cwd=ROOT, env=self.environ, stdout=output, stderr=output)
        wait_until_it_answers(f"{self.url}/livez", self.process)
        return self


@pytest.fixture(scope="module")
def development(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Development]:
    with Development(tmp_path_factory.mktemp("development")) as site:
        yield site


def test_charts_live_within_10_seconds_of_the_first_visits(browser: Browser, development: Development) -> None:
    cookies = log_in(browser, development)
    with Load(development.host, development.port, threads=1, requests=REQUESTS) as load:
        begin = time.monotonic()
    assert load.failed.total() == 0
    url = f"{development.url}/admin/metrics/?range=15m"
    with visit(browser, url, storage_state=cookies, viewport=DESK) as visited:
        page = visited.page
        expect(page.locator(".plot[data-empty]")).to_have_count(0)
        expect(page.locator("#requests canvas")).to_be_visible()
        took = time.monotonic() - begin
        loads = page.evaluate(
            "performance.getEntriesByType('resource').filter(one => /data.json/.test(one.name)).length"
        )
        print(f"\nliving after {took:.1f} s and {loads} loads of data")
        totals = [
            int(page.locator(f'[data-value="{name}.total"]').inner_text()) for name in ("homersimpson", "covilha")
        ]
        assert sum(totals) == REQUESTS
        expect(page.locator('[data-text="age"]')).to_have_text(
            re.compile("from the replicas themselves$", re.IGNORECASE)
        )
        page.reload()
        settled(page)
        # The history is the site's, not the page's.
        expect(page.locator(".plot[data-empty]")).to_have_count(0)
        for size in (PHONE, DESK):
            page.set_viewport_size(size)  # type: ignore[arg-type] # It has the two keys.
            assert accessibility_violations(page) == []
        assert visited.complaints == []
        assert visited.foreign_requests == []
    # On a busy machine the page itself takes longer: then its first data must have been enough.
    assert took <= LIVING_WITHIN or loads == 1
