"""Two edges and one reserved IP: the standby takes over when the active one is lost, under load."""

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest

from tests.rehearsal.droplets.asking import wait_until
from tests.rehearsal.droplets.cloud import RESERVED_IP, Cloud
from tests.rehearsal.droplets.playbook import Operator
from tests.rehearsal.droplets.replicas import counted
from tests.support.load import PAGES, Load

BAR = 30.0


@pytest.fixture
def lost(cloud: Cloud, operator: Operator) -> Iterator[str]:
    """Return the name of the active edge, which the test loses; put it back afterwards."""
    active = cloud.provider.holder
    yield active
    cloud.network.cable(active, "up", "public0", "vpc0")
    cloud.guests[active].boot()


def test_the_standby_takes_over_within_30_seconds(cloud: Cloud, lost: str, figures: list[str]) -> None:
    before, calls = counted(cloud), len(cloud.provider.api.changes)
    with Load(RESERVED_IP, 80, threads=4, timeout=2) as load:
        load.wait_for(lambda: load.total() > 200)
        # Like a host that fails: nothing answers any more, not even with a refusal.
        cloud.network.cable(lost, "down", "public0", "vpc0")
        cloud.guests[lost].kill()
        at = load.total()
        load.wait_for(lambda: load.total() > at + 200, seconds=BAR * 3)
    times = sorted(moment for moment, _, _ in load.log)
    outage = max(later - earlier for earlier, later in pairwise(times))
    figures.append(
        f"active edge lost under load: {outage:.1f} s without an answer, {load.failed.total()} requests failed"
    )
    assert outage < BAR
    assert cloud.provider.holder != lost
    after = counted(cloud)
    for page in PAGES:
        assert load.answered[page] <= after[page] - before[page] <= load.answered[page] + load.failed[page]
    wait_until(cloud, 'up{job="homercovilha"}', {"": 1}, seconds=30)
    wait_until(cloud, 'count(up{job=~"edge|node"} == 0)', {"": 2}, seconds=30)
    time.sleep(5)
    assert cloud.provider.api.changes[calls:] == [f"POST /v2/reserved_ips/{RESERVED_IP}/actions"]


def test_an_edge_that_returns_leaves_the_ip_where_it_is(cloud: Cloud, operator: Operator) -> None:
    holder, changes = cloud.provider.holder, len(cloud.provider.api.changes)
    idle = cloud.guests["standby" if holder == "edge" else "edge"]
    idle.reboot()
    assert idle.run("systemctl is-active edge-failover haproxy").split() == ["active", "active"]
    # HAProxy stops and starts within fewer checks than a takeover needs.
    cloud.guests[holder].run("systemctl restart haproxy")
    time.sleep(10)
    assert len(cloud.provider.api.changes) == changes
    assert cloud.provider.holder == holder
    assert operator.secrets["EDGE_FAILOVER_TOKEN"] not in idle.run("journalctl --unit=edge-failover; ps ax")


def test_the_token_is_readable_for_root_alone(cloud: Cloud, operator: Operator) -> None:
    for name in cloud.provider.ids.values():
        assert cloud.guests[name].run("stat --format '%A %U' /etc/edge-failover.token") == "-rw------- root\n"
