"""`site.yml` as a whole, and everything together: replicas, edge, Prometheus."""

import base64
import errno
import os
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.rehearsal.droplets import receiver
from tests.rehearsal.droplets.asking import query, wait_until
from tests.rehearsal.droplets.cloud import PUBLIC, REPLICAS, RESERVED_IP, Cloud
from tests.rehearsal.droplets.playbook import ONE_EDGE, RECAP, Operator, Run
from tests.rehearsal.droplets.replicas import counted
from tests.support.load import PAGES, Load
from tests.support.servers import get

REQUESTS = 5_000
SSH, HTTP = 22, 80


def open_ports(address: str) -> set[int]:
    """Return all TCP ports of the address that take a connection; the others have to refuse it."""
    found = set()
    for port in range(1, 65536):
        with socket.socket() as visitor:
            visitor.settimeout(5)
            refused = visitor.connect_ex((address, port))
        assert refused in (0, errno.ECONNREFUSED), f"port {port}: {os.strerror(refused)}"
        if not refused:
            found.add(port)
    return found


def test_check_mode_foretells_a_first_run_and_changes_nothing(foretold: Run) -> None:
    assert foretold.changed > 10
    for line in ("+    bind :80", "+  scrape_interval: 2s", "+ExecStart=/usr/bin/prometheus-node-exporter"):
        assert line in foretold.output, foretold.output
    assert "NOBODY IS NOTIFIED. Set alertmanager_receiver" in foretold.sentence
    assert receiver.PASSWORD not in foretold.output


def test_a_second_run_changes_nothing(operator: Operator, figures: list[str]) -> None:
    second = operator.succeed("site.yml")
    figures.append(f"site.yml again: {second.seconds:.0f} s, {second.changed} changed")
    assert second.changed == 0, second.output


@pytest.mark.parametrize(
    "parts",
    [
        (f"--check --diff {ONE_EDGE}", "--tags=base"),
        ("--tags=install", "--tags=configure"),
        ("--limit=edge", "--limit=prometheus"),
    ],
)
def test_check_mode_or_a_part_of_a_second_run_changes_nothing(operator: Operator, parts: tuple[str, str]) -> None:
    # Two at a time, because each waits a lot.
    with ThreadPoolExecutor() as pool:
        for again in pool.map(lambda part: operator.succeed("site.yml", *part.split()), parts):
            assert RECAP.search(again.output), "no host was configured"
            assert again.changed == 0, again.output


def test_prometheus_says_what_was_served_through_the_edge(cloud: Cloud, operator: Operator, figures: list[str]) -> None:
    before = counted(cloud)
    with Load(RESERVED_IP, HTTP, threads=8, requests=REQUESTS) as load:
        pass
    after = counted(cloud)
    assert load.failed.total() == 0, load.failures
    for page in PAGES:
        assert after[page] - before[page] == load.answered[page]

    assert query(cloud, 'up{job="homercovilha"}') == {"": 1}
    assert query(cloud, "sum(homercovilha_peer_up)") == {"": len(REPLICAS)}
    for page in PAGES:
        wait_until(cloud, f"sum(last_over_time({page}_requests_total[1d]))", {"": after[page]}, seconds=20)
        series = query(cloud, f"count({page}_requests_total)")
        assert series == {"": len(REPLICAS)}, "every replica has its own series"
    wait_until(cloud, "page:requests:total", after, seconds=90)
    wait_until(cloud, "page:requests:increase1h", after, seconds=10)
    figures.append(f"{REQUESTS} requests through the edge: counted {sum(after.values()) - sum(before.values()):.0f}")


def test_everything_is_scraped(cloud: Cloud, operator: Operator) -> None:
    for job, targets in {"homercovilha": 1, "prometheus": 1, "alertmanager": 1, "node": 3, "edge": 2, "own": 1}.items():
        wait_until(cloud, f'sum(up{{job="{job}"}})', {"": targets}, seconds=30)
    assert query(cloud, 'count(haproxy_backend_agg_server_status{proxy="site", state="UP"} == 1)') == {"": 2}


def test_samples_are_written_elsewhere_with_the_password_of_a_secret_file(cloud: Cloud, operator: Operator) -> None:
    credentials = base64.b64encode(f"homercovilha:{receiver.PASSWORD}".encode())
    cloud.notified.wait_for("/write", credentials.decode(), seconds=30)


def test_from_outside_only_port_80_answers(operator: Operator) -> None:
    # The Cloud Firewall, which is not here, leaves ssh to the operator.
    assert open_ports(RESERVED_IP) == {SSH, HTTP}
    assert open_ports(PUBLIC["standby"]) == {SSH, HTTP}
    assert open_ports(PUBLIC["prometheus"]) == {SSH}


def test_metrics_ask_for_the_token_through_the_edge(cloud: Cloud, operator: Operator) -> None:
    url = f"http://{RESERVED_IP}/metrics"
    assert get(url).status == 401
    assert get(url, {"Authorization": f"Bearer {cloud.token}"}).status == 200


def test_the_services_are_there_after_a_new_boot(cloud: Cloud, operator: Operator) -> None:
    for guest in (cloud.guests["edge"], cloud.guests["prometheus"]):
        guest.reboot()
    assert cloud.guests["edge"].run("systemctl is-active haproxy").strip() == "active"
    assert cloud.guests["prometheus"].run("systemctl is-active prometheus").strip() == "active"
    wait_until(cloud, 'up{job="homercovilha"}', {"": 1}, seconds=30)
