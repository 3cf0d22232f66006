"""The exporter in a new Django project, by the steps of docs/exporter.md: what Prometheus says is what was served."""

import os
import re
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from dashboard.queries import LABELS, RESPONSES
from exporter.conf import Configuration
from tests.docs.markdown import blocks
from tests.e2e.faults import kill_workers, replace, wait_until_scraped
from tests.support.exact_totals import exact_total
from tests.support.haproxy import HAProxy
from tests.support.load import Load
from tests.support.prometheus import Prometheus
from tests.support.replicas import NAME, Replicas
from tests.support.servers import ROOT, Gunicorn

pytestmark = pytest.mark.long
DOCUMENT = "docs/exporter.md"
# Each replica and the one that takes its place.
UPDATE = {"127.0.0.2": "127.0.0.5", "127.0.0.3": "127.0.0.6", "127.0.0.4": "127.0.0.7"}
METRIC = "orders_total"
# One for each replica, with its application.
WORKERS = {"sync": "mysite.wsgi", "gthread --threads 4": "mysite.wsgi", "asgi": "mysite.asgi"}

# What the machine of a test needs: replicas on loopback addresses, with names and ports of their own.
OF_THE_TEST = """
import os
EXPORTER |= {"pod": os.environ["POD_NAME"], "internal_port": int(os.environ["INTERNAL_PORT"])}
"""


class OtherSite(Gunicorn):
    """A replica of the project, with the worker class that its address' last digit selects."""

    def __init__(self, host: str, log: Path, **environ: str) -> None:
        super().__init__(host, log=log, DJANGO_SETTINGS_MODULE="mysite.settings", **environ)
        self.cwd = Path(environ["PROJECT"])
        worker_class, application = list(WORKERS.items())[int(host[-1]) % len(WORKERS)]
        self.arguments = (application,)
        self.environ["GUNICORN_CMD_ARGS"] = (
            f"--bind {host}:{self.port} --bind {host}:{self.internal_port} --workers 2 --worker-class {worker_class}"
        )


def _follow_the_steps(folder: Path) -> None:
    """Make a new project in the folder, and do with it what the document says."""
    subprocess.run([sys.executable, "-m", "django", "startproject", "mysite", "."], cwd=folder, check=True)
    steps = [block for block in blocks() if block.document == DOCUMENT]
    copy = steps[0].text.splitlines()[0].replace("/path/to/homercovilha", str(ROOT))
    subprocess.run(["/bin/sh", "-c", copy], cwd=folder, check=True)
    settings, views, urls, gunicorn = (block.text for block in steps if block.language == "python")
    settings = settings.replace("mysite-replicas", NAME).replace("8001", 'int(os.environ["INTERNAL_PORT"])')
    for name, text in {"settings": f"import os\n{settings}{OF_THE_TEST}", "views": views, "urls": urls}.items():
        with (folder / "mysite" / f"{name}.py").open("a") as file:
            file.write(text)
    (folder / "gunicorn.conf.py").write_text(gunicorn)
    environ = {"PATH": os.environ["PATH"], "POD_NAME": "pod", "INTERNAL_PORT": "8001"}
    subprocess.run([sys.executable, "manage.py", "check", "--fail-level=WARNING"], cwd=folder, env=environ, check=True)


def test_prometheus_says_what_another_site_served(tmp_path: Path) -> None:
    project = tmp_path / "mysite"
    project.mkdir()
    _follow_the_steps(project)
    with (
        Replicas(tmp_path / "replicas", OtherSite, PROJECT=str(project)) as replicas,
        HAProxy(tmp_path / "haproxy", [*UPDATE, *UPDATE.values()], replicas.port, replicas.internal_port) as proxy,
        Prometheus(tmp_path / "prometheus", [_scrape_config(proxy)]) as prometheus,
    ):
        for host in UPDATE:
            replicas.start(host)
            proxy.wait_until_up(host)
        with Load("127.0.0.1", proxy.port, threads=4, pages=("orders",), pause=0.03) as load:
            load.wait_for(lambda: load.total() > 1000)
            for host in UPDATE:
                kill_workers(replicas.servers[host])
            for old, new in UPDATE.items():
                replace(replicas, proxy, prometheus, old, new, METRIC)
        for host in UPDATE.values():
            wait_until_scraped(prometheus, host, METRIC)

        lowest, highest = load.total(), load.total() + load.failed.total()
        total = prometheus.value(exact_total(METRIC, "1h"))
        print(f"answered {lowest}, failed {load.failures}, exact total {total}")
        assert lowest <= total <= highest
        responses = exact_total(f'{RESPONSES}{{view="mysite.views.order"}}', "1h", by=", ".join(LABELS["answers"]))
        assert lowest <= prometheus.value(responses) <= highest
        prometheus.wait_for("sum(mysite_peer_up) == 3 and sum(mysite_peers) == 3")
        # Health checks are counted nowhere.
        assert not prometheus.query(f'{RESPONSES}{{view=~".*healthy"}}')


def _scrape_config(proxy: HAProxy) -> dict[str, object]:
    return {"job_name": "site", "static_configs": [{"targets": [f"127.0.0.1:{proxy.port}"]}]}


def test_exporter_does_not_name_this_project() -> None:
    names = re.compile("homercovilha|homersimpson|covilha|dashboard", re.IGNORECASE)
    found = {file.name for file in (ROOT / "exporter").glob("*.py") if names.search(file.read_text())}

    assert found == set()


def test_every_key_is_documented() -> None:
    table = (ROOT / DOCUMENT).read_text().partition("## Keys of")[2]

    assert set(re.findall(r"`(\w+)`", table)) >= {field.name for field in fields(Configuration)}
