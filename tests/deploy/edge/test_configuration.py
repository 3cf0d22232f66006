"""HAProxy with the role's own configuration, in front of a server that says what reached it."""

import contextlib
import http.client
import json
import re
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import yaml
from jinja2 import Environment

from tests.support.programs import ROOT, require
from tests.support.servers import free_port, get, wait_until_it_answers

ROLE = ROOT / "deploy/ansible/roles/edge"
RULES = ROOT / "deploy/ansible/roles/prometheus/files/rules"
HOST, VPC = "127.0.0.1", "127.0.0.2"
# These need root or a folder that Debian's package makes.
OF_THE_HOST = ("log /dev/log", "user ", "group ", "chroot ", "stats socket ")


def rendered(**variables: Any) -> str:
    """Return the role's configuration with its defaults and these variables."""
    environment = Environment(trim_blocks=True, keep_trailing_newline=True, autoescape=False)  # noqa: S701 - no HTML.
    template = environment.from_string((ROLE / "templates/haproxy.cfg.j2").read_text())
    defaults = yaml.safe_load((ROLE / "defaults/main.yml").read_text())
    hosts = {"site_address": HOST, "edge_backend_address": HOST, "droplet_private_ip": VPC}
    return template.render({"ansible_managed": "Ansible", **defaults, **hosts, **variables})


class Site(BaseHTTPRequestHandler):
    """Answers with the headers of the request."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps({name.lower(): self.headers.get_all(name) for name in self.headers}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_one_request(self) -> None:
        with contextlib.suppress(ConnectionError):
            super().handle_one_request()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[int]:
    """Yield the port of a server that says what reached it."""
    with ThreadingHTTPServer((HOST, 0), Site) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def statistics() -> int:
    """Return the port of HAProxy's own metrics."""
    return free_port()


@pytest.fixture
def edge(site: int, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield the URL of HAProxy with the variables of the test's parameter."""
    port = free_port()
    text = rendered(edge_backend_port=site, **getattr(request, "param", {}))
    text = text.replace("bind :80", f"bind {HOST}:{port}").replace(":8404", f":{request.getfixturevalue('statistics')}")
    configuration = tmp_path / "haproxy.cfg"
    lines = [line for line in text.splitlines(True) if not line.strip().startswith(OF_THE_HOST)]
    configuration.write_text("".join(lines))
    haproxy = subprocess.Popen([require("haproxy"), "-db", "-q", "-f", str(configuration)])
    try:
        wait_until_it_answers(f"http://{HOST}:{port}/", haproxy)
        yield f"http://{HOST}:{port}"
    finally:
        haproxy.terminate()
        haproxy.wait()


def headers_that_reached(url: str, **sent: str) -> dict[str, list[str]]:
    """Return the headers with which a request reached the site."""
    answer = get(url, {name.replace("_", "-"): value for name, value in sent.items()})
    assert answer.status == 200, answer.text
    said: dict[str, list[str]] = json.loads(answer.body)
    return said


@pytest.mark.parametrize("sources", [[], ["203.0.113.20", "10.0.0.0/8"]])
def test_haproxy_accepts_it_without_a_warning(sources: list[str], tmp_path: Path) -> None:
    configuration = tmp_path / "haproxy.cfg"
    configuration.write_text(rendered(edge_metrics_sources=sources))
    command = [require("haproxy"), "-c", "-dW", "-f", str(configuration)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_where_a_request_came_from_is_said_here_and_not_believed(edge: str) -> None:
    forged = {"X_Forwarded_For": "192.0.2.1", "Forwarded": "for=192.0.2.1", "X_Real_IP": "192.0.2.1"}
    reached = headers_that_reached(edge, **forged, X_Forwarded_Host="evil.example", X_Request_ID="mine")
    assert reached["x-forwarded-for"] == [HOST]
    assert reached["x-forwarded-proto"] == ["http"]
    assert not {"forwarded", "x-real-ip", "x-forwarded-host"} & reached.keys()


def test_every_request_has_an_id_of_its_own_that_the_visitor_learns(edge: str) -> None:
    answers = [get(edge, {"X-Request-ID": "mine"}) for _ in range(2)]
    ids = [json.loads(answer.body)["x-request-id"] for answer in answers]
    assert ids == [[answer.headers["x-request-id"]] for answer in answers]
    assert ids[0] != ids[1]
    assert ["mine"] not in ids


@pytest.mark.parametrize("edge", [{"edge_source_requests": 20}], indirect=True)
def test_too_many_requests_from_one_address_are_answered_429(edge: str) -> None:
    answers = [get(edge) for _ in range(30)]
    assert {answer.status for answer in answers[:15]} == {200}
    assert answers[-1].status == 429
    assert answers[-1].headers["retry-after"] == "10"


@pytest.mark.parametrize("edge", [{"edge_metrics_sources": ["192.0.2.7"]}], indirect=True)
@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/%6detrics", "/metrics?x=1"])
def test_metrics_are_for_the_addresses_named(edge: str, path: str) -> None:
    assert get(edge + path).status == 403
    assert get(f"{edge}/covilha").status == 200


@pytest.mark.parametrize("edge", [{"edge_metrics_sources": [HOST]}], indirect=True)
def test_the_addresses_named_get_metrics(edge: str) -> None:
    assert get(f"{edge}/metrics").status == 200


def test_a_large_body_is_refused(edge: str) -> None:
    connection = http.client.HTTPConnection(edge.removeprefix("http://"), timeout=10)
    connection.request("GET", "/", body=b"x" * 8193)
    status = connection.getresponse().status
    connection.close()
    assert status == 413


@pytest.mark.parametrize("edge", [{"edge_source_connections": 3}], indirect=True)
def test_too_many_connections_from_one_address_are_closed(edge: str) -> None:
    host, port = edge.removeprefix("http://").split(":")
    answered = 0
    with contextlib.ExitStack() as kept:
        for _ in range(6):
            with contextlib.suppress(ConnectionError):
                connection = kept.enter_context(socket.create_connection((host, int(port)), timeout=30))
                connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                answered += connection.recv(12) == b"HTTP/1.1 200"
    assert 1 <= answered <= 3


def test_port_80_speaks_no_http2(edge: str) -> None:
    host, port = edge.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        connection.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
        assert connection.recv(12) == b"HTTP/1.1 400"
    reached = headers_that_reached(edge, Connection="Upgrade, HTTP2-Settings", Upgrade="h2c", HTTP2_Settings="AAMAAABk")
    assert not {"upgrade", "connection"} & reached.keys()


def test_the_vpc_sees_haproxys_metrics_and_only_the_host_its_page(edge: str, statistics: int) -> None:
    assert get(edge).status == 200
    metrics = get(f"http://{VPC}:{statistics}/metrics").text
    names = set(re.findall("haproxy_[a-z_]+", "".join(file.read_text() for file in RULES.glob("*.yml"))))
    exported = set(re.findall("^# TYPE ([a-z_]+)", metrics, re.MULTILINE))
    assert set() < names <= exported, "a rule reads a metric that HAProxy does not have"
    assert get(f"http://{VPC}:{statistics}/").status == 403
    assert get(f"http://{HOST}:{statistics}/").status == 200


def test_health_probes_are_not_counted_as_visitors(edge: str, statistics: int) -> None:
    def counted(proxy: str) -> int:
        series = f'haproxy_backend_http_responses_total{{proxy="{proxy}",code="2xx"}} '
        metrics = get(f"http://{VPC}:{statistics}/metrics").text
        return int(metrics.partition(series)[2].split()[0])

    before = counted("site")
    assert [get(f"{edge}/healthz").status for _ in range(3)] == [200] * 3
    assert get(edge).status == 200
    # HAProxy counts a response a moment after the client has it.
    while counted("site") == before:
        time.sleep(0.01)
    assert (counted("site") - before, counted("probes")) == (1, 3)
