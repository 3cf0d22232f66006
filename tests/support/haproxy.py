"""A real HAProxy for tests and the demo, in the place of the load balancer in front of the replicas."""

import re
import socket
import subprocess
import time
from pathlib import Path
from typing import Self

from tests.support.programs import require
from tests.support.servers import free_port, wait_until_it_answers

CONFIGURATION = """
global
    stats socket {folder}/socket mode 600 level admin
defaults
    mode http
    timeout connect 1s
    timeout client 30s
    timeout server 30s
    # Otherwise it is the interval of the checks, and on a busy machine a healthy replica would count as down.
    timeout check 10s
    retries 3
    retry-on conn-failure
    option redispatch 1
    option http-keep-alive
frontend port
    bind 127.0.0.1:{port}
    # What was requested and served at the port, by page: it knows nothing of the replicas' own counters.
    stick-table type string len 32 size 100 store http_req_cnt,gpc0
    http-request track-sc0 path,regsub(/$,) if {{ path_reg ^/(homersimpson|covilha)/?$ }}
    http-response sc-inc-gpc0(0)
    # What the usual way would scrape: the own page of whichever replica answers.
    use_backend own if {{ path /own-metrics }}
    default_backend replicas
backend replicas
    balance roundrobin
    option httpchk GET /healthz
    default-server check inter 200ms fall 2 rise 1
    http-response set-header X-Served-By %s
{servers}
backend own
    balance roundrobin
    http-request set-path /metrics
{own_servers}
"""


class Runtime:
    """What a running HAProxy can be asked and told through its socket in `folder`; raises OSError if it has ended."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def drain(self, host: str) -> None:
        """Send no new requests to the replica, and return when those it has are finished."""
        self._say(f"set server replicas/{host} state drain")
        while self._requests_under_way(host):
            time.sleep(0.01)

    def undrain(self, host: str) -> None:
        """Send requests to the replica again."""
        self._say(f"set server replicas/{host} state ready")

    def served(self) -> dict[str, tuple[int, int]]:
        """Return for each page how many requests came in and how many of them a replica answered."""
        table = self._say("show table port")
        rows = re.findall(r"key=/(\w+) .*gpc0=(\d+) http_req_cnt=(\d+)", table)
        return {page: (int(requests), int(answered)) for page, answered, requests in rows}

    def _requests_under_way(self, host: str) -> int:
        rows = [line.split(",") for line in self._say("show stat").splitlines()]
        names = rows[0]
        (row,) = [row for row in rows if row[:2] == ["replicas", host]]
        return int(row[names.index("scur")])

    def wait_until_up(self, host: str) -> None:
        """Return when the health check has found the replica."""
        while f",{host}," not in self._up():
            time.sleep(0.01)

    def _up(self) -> str:
        lines = self._say("show stat").splitlines()
        return "".join(f"{line}\n" for line in lines if line.startswith("replicas,") and ",UP," in line)

    def _say(self, command: str) -> str:
        with socket.socket(socket.AF_UNIX) as admin:
            admin.connect(str(self.folder / "socket"))
            admin.sendall(f"{command}\n".encode())
            return b"".join(iter(lambda: admin.recv(65536), b"")).decode()


class HAProxy(Runtime):
    """An HAProxy on a loopback port, round robin over replicas at `hosts`; a context manager."""

    def __init__(self, folder: Path, hosts: list[str], port: int, internal_port: int) -> None:
        super().__init__(folder)
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        folder.mkdir(parents=True, exist_ok=True)
        servers = [f"    server {host} {host}:{port}" for host in hosts]
        own_servers = [f"    server {host} {host}:{internal_port} track replicas/{host}" for host in hosts]
        (folder / "haproxy.cfg").write_text(
            CONFIGURATION.format(
                folder=folder, port=self.port, servers="\n".join(servers), own_servers="\n".join(own_servers)
            )
        )

    def __enter__(self) -> Self:
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [require("haproxy"), "-db", "-f", str(self.folder / "haproxy.cfg")], stdout=log, stderr=log
            )
        wait_until_it_answers(f"{self.url}/healthz", self.process)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(timeout=30)
