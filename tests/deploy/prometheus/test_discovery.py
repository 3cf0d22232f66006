"""Both ways of discovery, with a real Prometheus: the series of a replica have the same labels in both."""

import json
import os
import subprocess
import threading
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Environment

from tests.support.programs import ROOT, require
from tests.support.servers import free_port, get, wait_until_it_answers

ROLE = ROOT / "deploy/ansible/roles/prometheus"
# Loopback addresses of this process, so that replicas can have the fixed port 8001 beside other tests.
NETWORK = f"127.{100 + os.getpid() // 250 % 100}.{os.getpid() % 250 + 1}"
PODS = {"homercovilha-a": f"{NETWORK}.1", "homercovilha-b": f"{NETWORK}.2"}
SELECTOR = yaml.safe_load((ROLE / "defaults/main.yml").read_text())["prometheus_kubernetes_selector"]
TOKEN = "a ServiceAccount's"


class Replicas(BaseHTTPRequestHandler):
    """A replica's own /metrics, or, on another port, the merged metrics behind the edge."""

    def do_GET(self) -> None:
        address, port = self.connection.getsockname()[:2]
        pods = [pod for pod, own in PODS.items() if port != 8001 or own == address]
        samples = "".join(f'covilha_requests_total{{pod="{pod}"}} 7\n' for pod in pods)
        self.answer(200, "text/plain; version=0.0.4", f"# TYPE covilha_requests_total counter\n{samples}")

    def answer(self, status: int, kind: str, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


class Kubernetes(Replicas):
    """The part of the Kubernetes API that discovery uses: one list of pods, and a watch without events."""

    def do_GET(self) -> None:
        asked = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(asked.query)
        right = self.headers["Authorization"] == f"Bearer {TOKEN}" and query.get("labelSelector") == [SELECTOR]
        if not right or asked.path != "/api/v1/namespaces/homercovilha/pods" or "sendInitialEvents" in query:
            self.answer(403, "application/json", "{}")
        elif "watch" in query:
            time.sleep(1)
            self.answer(200, "application/json", "")
        else:
            pods = [pod(name, address) for name, address in PODS.items()]
            self.answer(200, "application/json", json.dumps({"kind": "PodList", "apiVersion": "v1", "items": pods}))


def pod(name: str, address: str) -> dict[str, Any]:
    """Return a running pod with the site's two ports."""
    ports = [{"name": "http", "containerPort": 8000}, {"name": "internal", "containerPort": 8001}]
    return {
        "metadata": {"name": name, "namespace": "homercovilha", "uid": name},
        "spec": {"containers": [{"name": "site", "image": "homercovilha", "ports": ports}]},
        "status": {"phase": "Running", "podIP": address, "hostIP": address},
    }


@contextmanager
def serve(handler: type[BaseHTTPRequestHandler], address: str, port: int = 0) -> Iterator[str]:
    """Serve, and yield host:port."""
    with ThreadingHTTPServer((address, port), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"{address}:{server.server_port}"
        server.shutdown()
        thread.join()


@contextmanager
def prometheus(folder: Path, site: str = "unused", **variables: object) -> Iterator[str]:
    """Run Prometheus with the role's configuration, and yield its URL."""
    address = f"127.0.0.1:{free_port()}"
    defaults = yaml.safe_load((ROLE / "defaults/main.yml").read_text())
    environment = Environment(trim_blocks=True, autoescape=False)  # noqa: S701 - it makes YAML.
    environment.filters["to_json"] = json.dumps
    text = environment.from_string((ROLE / "templates/prometheus.yml.j2").read_text()).render(
        {**defaults, "prometheus_scrape_interval": "1s", "prometheus_scrape_timeout": "1s"}
        | {"prometheus_listen_addresses": [address], "site_address": "the.site"}
        | variables
    )
    (folder / "kubernetes_token").write_text(TOKEN)
    (folder / "self_password").write_text("unused")
    configuration = folder / "prometheus.yml"
    configuration.write_text(text.replace("/etc/prometheus", str(folder)).replace("the.site:80", site))
    options = [f"--config.file={configuration}", f"--storage.tsdb.path={folder / 'data'}", "--log.level=error"]
    server = subprocess.Popen([require("prometheus"), *options, f"--web.listen-address={address}"])
    try:
        wait_until_it_answers(f"http://{address}/-/ready", server)
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait()


def series(url: str, expression: str, number: int) -> list[dict[str, str]]:
    """Return the labels of that many series, as soon as the query has them."""
    deadline = time.monotonic() + 60
    while True:
        answer = get(f"{url}/api/v1/query?query={urllib.parse.quote(expression)}")
        # While it starts, it answers 503.
        result = json.loads(answer.body)["data"]["result"] if answer.status == 200 else []
        if len(result) == number:
            return sorted((one["metric"] for one in result), key=lambda labels: str(labels.get("pod")))
        assert time.monotonic() < deadline, f"{expression}: {result}"
        time.sleep(0.2)


@pytest.fixture
def replicas() -> Iterator[None]:
    """Let each pod serve its own metrics on port 8001 of its address."""
    with ExitStack() as stack:
        for address in PODS.values():
            stack.enter_context(serve(Replicas, address, 8001))
        yield


def expected(name: str) -> list[dict[str, str]]:
    """Return the labels that each pod's series has."""
    return [{"__name__": name, "job": "homercovilha", "instance": "site", "pod": pod} for pod in sorted(PODS)]


def test_one_scrape_through_the_edge_returns_each_pods_series(tmp_path: Path) -> None:
    with serve(Replicas, "127.0.0.1") as site, prometheus(tmp_path, site) as url:
        assert series(url, "covilha_requests_total", len(PODS)) == expected("covilha_requests_total")
        assert series(url, 'up{job="homercovilha"} == 1', 1)[0]["instance"] == "site"


@pytest.mark.usefixtures("replicas")
def test_discovery_by_kubernetes_returns_the_same_series_from_each_pod(tmp_path: Path) -> None:
    with serve(Kubernetes, "127.0.0.1") as api:
        cluster = {"prometheus_discovery": "kubernetes", "prometheus_kubernetes_api": f"http://{api}"}
        with prometheus(tmp_path, **cluster) as url:
            assert series(url, "covilha_requests_total", len(PODS)) == expected("covilha_requests_total")
            assert series(url, 'up{job="homercovilha"} == 1', len(PODS)) == expected("up")
