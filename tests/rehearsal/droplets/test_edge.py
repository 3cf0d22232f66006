"""The role edge on a whole Debian: what it refuses, and how it changes."""

import time

import pytest

from tests.rehearsal.droplets.cloud import RESERVED_IP, Cloud
from tests.rehearsal.droplets.guest import Guest
from tests.rehearsal.droplets.playbook import Operator
from tests.rehearsal.droplets.visitor import visiting
from tests.support.servers import get

URL = f"http://{RESERVED_IP}/covilha"


@pytest.fixture
def droplet(cloud: Cloud, operator: Operator) -> Guest:
    """Return the Droplet on which HAProxy runs."""
    return cloud.guests["edge"]


def test_haproxy_accepts_what_is_in_place(droplet: Guest) -> None:
    droplet.run("haproxy -c -dW -f /etc/haproxy/haproxy.cfg")


def test_a_broken_configuration_is_refused_and_the_running_one_goes_on(operator: Operator, droplet: Guest) -> None:
    before = droplet.run("sha256sum /etc/haproxy/haproxy.cfg; systemctl show --property=MainPID haproxy")
    refused = operator.run("edge.yml", "--tags=edge", edge_queue_timeout="soon")
    assert refused.code != 0
    assert "timer format error" in refused.sentence or "unexpected character" in refused.sentence
    assert droplet.run("sha256sum /etc/haproxy/haproxy.cfg; systemctl show --property=MainPID haproxy") == before
    assert get(URL).status == 200


def test_a_change_or_a_failed_one_drops_no_connection(operator: Operator) -> None:
    with visiting() as came:
        refused = operator.run("edge.yml", "--tags=edge", edge_connections=100_000_000)
        before = len(came)
        operator.succeed("edge.yml", "--tags=edge")
        time.sleep(2)
    assert refused.code != 0
    # haproxy -c accepts it; only the host knows that it has not so many files.
    assert "HAProxy could not load /etc/haproxy/haproxy.cfg, and goes on with the previous one" in refused.sentence
    assert before > 50
    assert len(came) > before + 50
    assert not isinstance(came[-1], Exception), came[-1]
