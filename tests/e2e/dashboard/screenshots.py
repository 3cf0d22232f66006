"""Make docs/images/dashboard.png and dashboard-dark.png anew, from a generated week: `make screenshots`."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.e2e.dashboard.conftest import log_in, settled
from tests.e2e.dashboard.week import Week
from tests.support.admin_site import admin_site
from tests.support.browser import chromium, visit
from tests.support.prometheus import Prometheus
from tests.support.servers import ROOT

SIZE = {"width": 1440, "height": 1000}
IMAGES = ROOT / "docs/images"


def main() -> None:
    """Show the week to a browser, and keep what it draws."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        Week(int(time.time())).make_blocks(folder / "prometheus/data")
        prometheus = Prometheus(folder / "prometheus", [])
        site = admin_site(folder / "admin", PROMETHEUS_URL=prometheus.url)
        subprocess.run(
            [sys.executable, "manage.py", "collectstatic", "--no-input", "-v0"], cwd=ROOT, env=site.environ, check=True
        )
        with prometheus, site, chromium() as browser:
            cookies = log_in(browser, site)
            for scheme, file in (("light", "dashboard.png"), ("dark", "dashboard-dark.png")):
                url = f"{site.url}/admin/metrics/?range=7d"
                with visit(browser, url, storage_state=cookies, viewport=SIZE, color_scheme=scheme) as visited:
                    page = settled(visited.page)
                    # The sidebar tells nothing of the metrics.
                    page.get_by_role("button", name="Toggle navigation").click()
                    page.locator("h1").click()
                    page.screenshot(path=IMAGES / file, full_page=True)
                    print(IMAGES / file)


if __name__ == "__main__":
    main()
