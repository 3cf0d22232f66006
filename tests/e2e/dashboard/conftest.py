"""Replicas under a real Prometheus, admin sites that ask them, and a browser that is logged in."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.admin_site import PASSWORD, USERNAME, admin_site
from tests.browser import Visit, chromium, visit
from tests.load import Load
from tests.prometheus import Prometheus
from tests.servers import Gunicorn, free_port

HOSTS = ["127.0.84.1", "127.0.84.2"]
REQUESTS = 400
DATA = re.compile("data.json")
PATIENCE = 20_000

expect.set_options(timeout=PATIENCE)


@dataclass
class Rig:
    """Two replicas, a Prometheus, and three admin sites: one asks Prometheus, one the replicas, one nobody."""

    prometheus: Prometheus
    replicas: list[Gunicorn]
    site: Gunicorn
    site_of_replicas: Gunicorn
    site_without_prometheus: Gunicorn


@pytest.fixture(scope="session")
def rig(static_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    assert static_files.is_dir()
    folder = tmp_path_factory.mktemp("dashboard")
    ports = [str(free_port(host)) for host in HOSTS]
    peers = ",".join(f"{host}:{port}" for host, port in zip(HOSTS, ports, strict=True))
    replicas = [
        Gunicorn(host, INTERNAL_PORT=port, PEERS=peers, POD_NAME=f"pod-{host}", WEB_CONCURRENCY="1")
        for host, port in zip(HOSTS, ports, strict=True)
    ]
    target = f"{replicas[0].host}:{replicas[0].port}"
    prometheus = Prometheus(
        folder / "prometheus",
        [{"job_name": "homercovilha", "static_configs": [{"targets": [target]}]}],
        # Replicas have half of that to answer, also on a busy machine.
        interval="2s",
    )
    site = admin_site(folder / "admin", PROMETHEUS_URL=prometheus.url)
    database = site.environ["DATABASE_URL"]
    others = [
        Gunicorn(site="admin", DATABASE_URL=database, WEB_CONCURRENCY="1", PEERS=peers),
        Gunicorn(
            site="admin",
            DATABASE_URL=database,
            WEB_CONCURRENCY="1",
            PROMETHEUS_URL=f"http://127.0.0.1:{free_port()}",
        ),
    ]
    with ExitStack() as stack:
        stack.enter_context(prometheus)
        for server in (*replicas, site, *others):
            stack.enter_context(server)
        for replica in replicas:
            with Load(replica.host, replica.port, threads=2, requests=REQUESTS // 2) as load:
                pass
            assert load.failed.total() == 0
        prometheus.wait_for(f"sum(homersimpson_requests_total) + sum(covilha_requests_total) == {REQUESTS}")
        prometheus.wait_for("sum(homercovilha_peer_up) == 2")
        yield Rig(prometheus, replicas, site, *others)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module")
def cookies(browser: Browser, rig: Rig) -> Any:
    """The cookies of one login, made by hand; they are good at all ports, since the sites share the database."""
    with visit(browser, f"{rig.site.url}/admin/metrics/?range=15m") as visited:
        page = visited.page
        page.get_by_label("Username").fill(USERNAME)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        expect(page.locator("h1")).to_have_text("Metrics")
        assert visited.complaints == []
        return page.context.storage_state()


Open = Callable[..., AbstractContextManager[Visit]]


@pytest.fixture
def opened(browser: Browser, rig: Rig, cookies: Any) -> Open:
    """Open the dashboard of a site, logged in."""

    def open_dashboard(
        site: Gunicorn = rig.site, range_: str = "15m", prepare: Callable[[Page], object] | None = None, **options: Any
    ) -> AbstractContextManager[Visit]:
        return visit(browser, f"{site.url}/admin/metrics/?range={range_}", prepare, storage_state=cookies, **options)

    return open_dashboard


def level(page: Page) -> Any:
    return expect(page.locator("#verdict"))
