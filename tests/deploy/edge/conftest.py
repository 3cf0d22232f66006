"""Two edges, a reserved IP and its site, before the stand-in of DigitalOcean's API."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from runpy import run_path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.digitalocean.account import Account
from tests.digitalocean.catalogue import Json
from tests.digitalocean.droplets import droplets_create
from tests.digitalocean.server import StandIn
from tests.support.programs import ROOT

failover: Any = SimpleNamespace(**run_path(str(ROOT / "deploy/ansible/roles/edge/files/edge_failover.py")))


class Edge(BaseHTTPRequestHandler):
    """Answers the health check with the status that its server has."""

    def do_GET(self) -> None:
        self.send_response(self.server.status if self.path == "/healthz" else 404)  # type: ignore[attr-defined] # Ours.
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def serving() -> Iterator[Any]:
    """Yield an edge that serves: set its `status` to change that; `address` is host:port."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Edge) as server:
        server.status, server.address = 200, f"127.0.0.1:{server.server_port}"  # type: ignore[attr-defined] # Ours.
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@dataclass
class World:
    """The reserved IP's site, the standby's own HAProxy, the API, and the standby's watch."""

    site: Any
    own: Any
    api: StandIn
    active: Json
    standby: Json
    reserved: Json
    watch: Any

    @property
    def holder(self) -> Json | None:
        """The Droplet that has the reserved IP."""
        self.api.account.settle()
        droplet: Json | None = self.reserved["droplet"]
        return droplet

    def steps(self, number: int) -> list[str]:
        """Let the watch check that many times; return the calls of the API that it made."""
        before = len(self.api.calls)
        for _ in range(number):
            self.watch.step()
        return self.api.calls[before:]


def droplet(account: Account, name: str) -> Json:
    """Make a Droplet."""
    order = {"name": name, "region": "fra1", "size": "s-1vcpu-1gb", "image": "debian-13-x64"}
    droplets_create(account, order | {"tags": [], "ssh_keys": []})
    return account.droplets[-1]


@pytest.fixture(scope="module")
def cloud() -> Iterator[StandIn]:
    with StandIn() as api:
        yield api


@pytest.fixture
def world(cloud: StandIn) -> Iterator[World]:
    """Yield a site that its active edge serves, and a standby that could."""
    account = cloud.account = Account()
    active, standby = droplet(account, "homercovilha-edge"), droplet(account, "homercovilha-edge-2")
    reserved = account.add_reserved_ip("fra1", active)
    reserved["ip"] = "127.0.0.1"
    with serving() as site, serving() as own:
        watch = failover.Watch(site.address, standby["id"], cloud.url, cloud.token, own.address)
        yield World(site, own, cloud, active, standby, reserved, watch)
    assert cloud.complaints == []


ASKED, TAKEN = "GET /v2/reserved_ips/127.0.0.1", "POST /v2/reserved_ips/127.0.0.1/actions"
