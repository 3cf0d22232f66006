"""A small DigitalOcean: two edges and the Prometheus Droplet, a cluster with replicas, and the world outside."""

import json
import subprocess
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any, Self

from tests.rehearsal.droplets import mirror, receiver
from tests.rehearsal.droplets.guest import Guest
from tests.rehearsal.droplets.network import Network
from tests.rehearsal.droplets.playbook import Operator
from tests.rehearsal.droplets.provider import Provider
from tests.support.programs import require
from tests.support.servers import Gunicorn, wait_until_it_answers

OUTSIDE = "203.0.113.1"
RESERVED_IP = "203.0.113.10"
# `older` is a Prometheus Droplet of its own, made with an older version.
NUMBERS = {"edge": 9, "standby": 8, "prometheus": 20, "older": 21}
PUBLIC = {name: f"203.0.113.{number}" for name, number in NUMBERS.items()}
PRIVATE = {name: f"10.231.7.{number}" for name, number in NUMBERS.items()}
LOAD_BALANCER = "10.231.7.30"
REPLICAS = ("10.231.7.31", "10.231.7.32", "10.231.7.33")
METRICS_TOKEN = "a-token-for-the-rehearsal"
PASSWORD = "a password for the rehearsal"

BALANCER = """
defaults
    mode http
    timeout connect 3s
    timeout client 60s
    timeout server 60s
frontend port80
    bind {address}:80
    default_backend pods
backend pods
    option forwardfor
{servers}
"""


class Cloud:
    """The machines and networks; a context manager that ends and removes all of it.

    `outside()` is where the operator and the visitors are, `network.inside("cluster")` is among the pods.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.key = folder, folder / "key"
        self.network, self.token = Network(), METRICS_TOKEN
        self.replicas: list[Gunicorn] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            self._build()
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _build(self) -> None:
        subprocess.run([require("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-f", str(self.key)], check=True)
        self._stack.enter_context(self.network)
        for name in ("outside", "cluster", *PUBLIC):
            self.network.add(name)
        self.network.bridge("outside", "public", f"{OUTSIDE}/24")
        self.network.bridge("cluster", "vpc", *(f"{address}/24" for address in (LOAD_BALANCER, *REPLICAS)))
        self.guests = {name: self._guest(name) for name in PUBLIC}
        self.provider = Provider(self.network, OUTSIDE, RESERVED_IP, ("edge", "standby"))
        for programs in (mirror.NEWER, mirror.OLDER):
            mirror.pack(programs, self.folder / "mirror")
        with self.outside():
            self.mirror = self._stack.enter_context(mirror.serve(self.folder / "mirror", OUTSIDE))
            self._stack.enter_context(self.provider.serve())
            self.notified = self._stack.enter_context(receiver.serve(OUTSIDE))
            for guest in self.guests.values():
                guest.wait()

    def outside(self) -> AbstractContextManager[None]:
        """Let the thread be where the operator and the visitors are."""
        return self.network.inside("outside")

    def _guest(self, name: str) -> Guest:
        self.network.join(name, "public0", f"{PUBLIC[name]}/24", "outside", "public")
        self.network.join(name, "vpc0", f"{PRIVATE[name]}/24", "cluster", "vpc")
        guest = Guest(name, self.network.path(name), PUBLIC[name], self.folder / name, self.key)
        return self._stack.enter_context(guest)

    def operator(self, **machines: str) -> Operator:
        """Return who builds the site on these machines, which are given as group="machine machine"."""
        ids = {name: number for number, name in self.provider.ids.items()}
        groups: dict[str, Any] = {}
        for group, names in machines.items():
            hosts = {
                f"homercovilha-{name}": {
                    "ansible_host": PUBLIC[name],
                    "ansible_python_interpreter": "/usr/bin/python3",
                    "droplet_public_ip": PUBLIC[name],
                    "droplet_private_ip": PRIVATE[name],
                    **({"droplet_reserved_ip": RESERVED_IP, "droplet_id": ids[name]} if group == "edge" else {}),
                }
                for name in names.split()
            }
            groups[group] = {"hosts": hosts}
        inventory = self.folder / f"inventory-{'-'.join(machines)}.json"
        inventory.write_text(json.dumps(groups))
        variables = {
            "droplet_manage": False,
            "site_reserved_ip": RESERVED_IP,
            "edge_backend_address": LOAD_BALANCER,
            "prometheus_mirror": self.mirror,
            "prometheus_version": mirror.version(mirror.NEWER),
            # Prometheus notices a new target within a scrape interval; the site's own is 15 s.
            "prometheus_scrape_interval": "2s",
            "prometheus_scrape_timeout": "2s",
            # The tests' load comes from one address.
            "edge_source_requests": 100000,
            "edge_failover_api_url": self.provider.api.url,
            **self.notified.variables,
        }
        secrets = {"METRICS_TOKEN": self.token, "PROMETHEUS_PASSWORD": PASSWORD}
        secrets["EDGE_FAILOVER_TOKEN"] = self.provider.api.token
        return Operator(inventory, self.key, secrets, variables)

    def start_site(self) -> None:
        """Start the replicas, and in front of them what the internal load balancer is."""
        with self.network.inside("cluster"):
            for number, address in enumerate(REPLICAS):
                directory = self.folder / f"replica-{number}"
                directory.mkdir()
                replica = Gunicorn(
                    address,
                    log=self.folder / f"replica-{number}.log",
                    ALLOWED_HOSTS=f"{address},{RESERVED_IP},localhost",
                    PORT="8000",
                    INTERNAL_PORT="8001",
                    POD_NAME=f"homercovilha-{number}",
                    PEERS=",".join(f"{peer}:8001" for peer in REPLICAS),
                    METRICS_TOKEN=self.token,
                    PROMETHEUS_MULTIPROC_DIR=str(directory),
                    WEB_CONCURRENCY="1",
                    WEB_THREADS="4",
                )
                self.replicas.append(self._stack.enter_context(replica))
            servers = "\n".join(f"    server {address} {address}:8000" for address in REPLICAS)
            configuration = self.folder / "load-balancer.cfg"
            configuration.write_text(BALANCER.format(address=LOAD_BALANCER, servers=servers))
            balancer = subprocess.Popen([require("haproxy"), "-db", "-f", str(configuration)])
            self._stack.callback(balancer.wait)
            self._stack.callback(balancer.terminate)
            wait_until_it_answers(f"http://{LOAD_BALANCER}/healthz", balancer)

    def restart_site(self, token: str) -> None:
        """Restart the replicas one after the other with another METRICS_TOKEN; their counts stay."""
        with self.network.inside("cluster"):
            for replica in self.replicas:
                replica.stop()
                replica.environ["METRICS_TOKEN"] = token
                replica.start()
