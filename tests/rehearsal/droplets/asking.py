"""What a Prometheus on a Droplet says."""

import base64
import json
import time
import urllib.parse
from contextlib import suppress
from typing import Any

from tests.rehearsal.droplets.cloud import PASSWORD, PRIVATE, Cloud
from tests.support.servers import Answer, get


def ask(cloud: Cloud, path: str, machine: str = "prometheus", password: str = PASSWORD) -> Answer:
    """Return Prometheus' answer to a request from the cluster, as the dashboard's."""
    token = base64.b64encode(f"homercovilha:{password}".encode()).decode()
    with cloud.network.inside("cluster"):
        return get(f"http://{PRIVATE[machine]}:9090{path}", {"Authorization": f"Basic {token}"})


def query(cloud: Cloud, expression: str, machine: str = "prometheus") -> dict[str, float]:
    """Return the value of each series of an instant query, by its label `page` ("" if it has none)."""
    answer = ask(cloud, f"/api/v1/query?{urllib.parse.urlencode({'query': expression})}", machine)
    assert answer.status == 200, answer.text
    result: list[dict[str, Any]] = json.loads(answer.body)["data"]["result"]
    return {series["metric"].get("page", ""): float(series["value"][1]) for series in result}


def wait_until(
    cloud: Cloud, expression: str, expected: dict[str, float], seconds: float, machine: str = "prometheus"
) -> None:
    """Return when the query says what is expected; raises AssertionError with what it says instead."""
    deadline = time.monotonic() + seconds
    while (said := query(cloud, expression, machine)) != expected:
        assert time.monotonic() < deadline, f"{expression} is {said}, expected {expected}"
        time.sleep(0.5)


def wait_until_ready(cloud: Cloud, machine: str, seconds: float = 60) -> None:
    """Return when the machine's Prometheus, which was just started, answers queries."""
    deadline = time.monotonic() + seconds
    while True:
        with suppress(OSError):
            if ask(cloud, "/-/ready", machine).status == 200:
                return
        assert time.monotonic() < deadline, f"Prometheus on {machine} was not ready within {seconds} s"
        time.sleep(0.2)
