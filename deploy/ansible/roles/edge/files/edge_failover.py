#!/usr/bin/env python3
"""Take over the site's reserved IP when the edge that has it serves no visitors and this one could.

Runs on each edge. What decides is what a visitor would get: the site's health through the reserved IP.
DigitalOcean assigns a reserved IP to one Droplet at a time, so two edges cannot have it at once.

    edge-failover RESERVED_IP DROPLET_ID API_URL
"""

import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

PERIOD, TIMEOUT = 2.0, 2.0  # Seconds between two checks, and for one of them.
FAILURES = 3
RETRY = 5.0  # After a refusal, for example because the IP is just being moved.
API_TIMEOUT = 10.0
# After it took the IP over, an edge does not do so again for so long: two edges that judge differently move it rarely.
HOLD = 300.0
# So often it tries within that time if the site does not answer through it either: then the fault is elsewhere.
TRIES = 3

DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Watch:
    """One edge's view of the site, and its way to the API."""

    def __init__(self, site: str, droplet: int, api: str, token: str, own: str = "127.0.0.1") -> None:
        self.site, self.own, self.droplet = site, own, droplet
        self.call_url, self.token = f"{api}/reserved_ips/{site.partition(':')[0]}", token
        self.failures, self.hold_until, self.taking = 0, 0.0, False
        self.tries: list[float] = []

    def step(self) -> float:
        """Check once, act if need be, and return the seconds until the next check."""
        served = self._serves(self.site)
        if served and self.taking:
            print(f"{self.site} answers again")
            self.hold_until, self.taking = time.monotonic() + HOLD, False
        if served or not self._serves(self.own):
            self.failures = 0
            return PERIOD
        self.failures += 1
        print(f"{self.site} does not answer, and this edge would: check {self.failures}")
        now = time.monotonic()
        self.tries = [at for at in self.tries if at > now - HOLD]
        if self.failures < FAILURES or now < self.hold_until or len(self.tries) == TRIES:
            return PERIOD
        try:
            return self._take()
        except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
            print(f"The API did not assign {self.site}: {_explain(error)}. Trying again in {RETRY:.0f} s")
            return RETRY

    def _take(self) -> float:
        holder = self._call()["reserved_ip"]["droplet"]
        if holder and holder["id"] == self.droplet:
            print(f"This edge has {self.site} already: its own route out, or the network, is at fault")
            return 15 * PERIOD
        self._call({"type": "assign", "droplet_id": self.droplet})
        self.taking = True
        self.tries.append(time.monotonic())
        print(f"Taking {self.site} over from {holder['name'] if holder else 'no Droplet'}")
        return RETRY

    def _serves(self, address: str) -> bool:
        request = urllib.request.Request(f"http://{address}/healthz", headers={"Host": self.site})
        try:
            with DIRECT.open(request, timeout=TIMEOUT) as answer:
                return bool(answer.status == 200)
        except (OSError, http.client.HTTPException):
            return False

    def _call(self, body: dict[str, Any] | None = None) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        url, data = (f"{self.call_url}/actions", json.dumps(body).encode()) if body else (self.call_url, None)
        request = urllib.request.Request(url, data, headers)  # noqa: S310  (the operator's URL)
        with DIRECT.open(request, timeout=API_TIMEOUT) as answer:
            return dict(json.load(answer))


def _explain(error: Exception) -> str:
    if isinstance(error, urllib.error.HTTPError):
        with error:
            return f"{error.code} {error.read(500).decode(errors='replace')}"
    return repr(error)


def main() -> None:
    """Watch until the service is stopped."""
    site, droplet, api = sys.argv[1:]
    token = (Path(os.environ["CREDENTIALS_DIRECTORY"]) / "token").read_text().strip()
    watch = Watch(site, int(droplet), api, token)
    while True:
        time.sleep(watch.step())


if __name__ == "__main__":
    main()
