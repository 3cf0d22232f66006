"""What the real cloud does beyond its description: each is waited for or refused, and nothing is bought twice."""

import pytest

from tests.deploy.ansible.module import MACHINES, Cloud
from tests.digitalocean.account import Delays

MINUTES = 200.0
EDGE, PROMETHEUS = "homercovilha-edge", "homercovilha-prometheus"


def only_one_of_each(cloud: Cloud) -> None:
    """Check that the account has the site once."""
    assert sorted(droplet["name"] for droplet in cloud.account.droplets) == [EDGE, PROMETHEUS]
    assert len(cloud.account.reserved_ips) == 1


@pytest.mark.parametrize("delay", ["unknown", "boot", "networks", "event", "action"])
def test_whatever_takes_minutes_is_waited_for(cloud: Cloud, delay: str) -> None:
    cloud.account.delays = Delays(**{delay: MINUTES})
    made = cloud.succeed()
    assert cloud.passed >= MINUTES
    only_one_of_each(cloud)
    assert all(host["public"] and host["private"] for host in made.answer["hosts"])
    (ip,) = cloud.account.reserved_ips
    assert ip["droplet"]["name"] == EDGE
    assert cloud.succeed().changes == []


def test_what_takes_longer_than_the_patience_is_told(cloud: Cloud) -> None:
    cloud.account.delays = Delays(boot=1000)
    made = cloud.run()
    assert "GET /droplets/102: not ready yet. It takes more than droplet_patience (300 s)" in made.failure
    assert cloud.passed <= 300
    cloud.account.delays = Delays()
    cloud.succeed(patience=1000)
    only_one_of_each(cloud)


def test_reserved_ip_is_assigned_to_a_new_droplet_once_its_events_are_over(cloud: Cloud) -> None:
    ip = cloud.account.add_reserved_ip("fra1")["ip"]
    cloud.account.delays = Delays(event=MINUTES)
    made = cloud.succeed(reserved_ip=ip)
    assert made.changes.count(f"POST /v2/reserved_ips/{ip}/actions") > 1
    only_one_of_each(cloud)


def test_pending_event_that_does_not_end_is_told(cloud: Cloud) -> None:
    cloud.account.delays = Delays(event=1000)
    failure = cloud.run().failure
    assert "DigitalOcean answered 422: Droplet already has a pending event." in failure
    assert failure.endswith("It takes more than droplet_patience (300 s): run the playbook again later.")


def test_droplet_is_reached_at_its_own_address_though_the_reserved_ip_is_listed_as_public_too(cloud: Cloud) -> None:
    made = cloud.succeed()
    (ip,) = cloud.account.reserved_ips
    edge = cloud.account.find("droplets", name=EDGE)
    edge["networks"]["v4"].append(edge["networks"]["v4"][1] | {"ip_address": ip["ip"]})
    again = cloud.succeed()
    assert again.changes == []
    assert again.answer["hosts"] == made.answer["hosts"]


def test_load_balancer_without_a_region_is_somebody_elses(cloud: Cloud) -> None:
    everywhere = cloud.account.add_load_balancer("everywhere", "fra1", "198.51.100.77")
    everywhere["type"] = "GLOBAL"
    del everywhere["region"]
    assert cloud.succeed().answer["load_balancer"]["name"] == "homercovilha"


def test_droplet_without_its_tag_is_tagged_again(cloud: Cloud) -> None:
    cloud.succeed()
    for droplet in cloud.account.droplets:
        droplet["tags"].clear()
    again = cloud.succeed()
    assert f"Droplet {EDGE} was tagged {EDGE} again." in again.words
    only_one_of_each(cloud)
    assert [droplet["tags"] for droplet in cloud.account.droplets] == [[PROMETHEUS], [EDGE]]


def test_tag_that_was_deleted_by_hand_is_made_again_with_all_that_hung_on_it(cloud: Cloud) -> None:
    cloud.succeed()
    tag = cloud.account.find("tags", name=EDGE)
    cloud.account.tags.remove(tag)
    for thing in (*cloud.account.droplets, *cloud.account.firewalls):
        thing["tags"] = [name for name in thing["tags"] if name != EDGE]
    cloud.succeed()
    only_one_of_each(cloud)
    assert cloud.account.find("firewalls", name=EDGE)["tags"] == [EDGE]
    assert cloud.account.find("droplets", name=EDGE)["tags"] == [EDGE]


def test_new_firewall_is_reported_with_what_it_lets_in(cloud: Cloud) -> None:
    ports = [{"protocol": "tcp", "ports": "80", "sources": {"addresses": ["0.0.0.0/0"]}}]
    made = cloud.succeed(machines=[MACHINES[0], MACHINES[1] | {"inbound": ports}])
    lines = "inbound tcp 22 addresses 198.51.100.7/32, inbound tcp 80 addresses 0.0.0.0/0"
    assert f"Firewall {EDGE} was made: {lines}." in made.answer["changes"]


def test_renamed_droplet_is_refused_and_no_second_one_is_bought(cloud: Cloud) -> None:
    cloud.succeed()
    cloud.account.find("droplets", name=EDGE)["name"] = "web"
    again = cloud.run()
    assert f"Droplet web (id 103, in fra1) has the tag {EDGE}, but not the name {EDGE}: name it so" in again.failure
    assert again.changes == []


def test_second_droplet_of_the_name_is_refused(cloud: Cloud) -> None:
    cloud.droplet(EDGE)
    cloud.droplet(EDGE, tags=[])
    failure = cloud.run().failure
    assert f"Droplet {EDGE} (id 101, in fra1) is one of two with that name" in failure


@pytest.mark.parametrize("carried_out", range(1, 9))
def test_interrupted_run_is_finished_by_the_next(cloud: Cloud, carried_out: int) -> None:
    cloud.account.delays = Delays(boot=7, action=7)
    cloud.interrupt(carried_out)
    cloud.succeed()
    only_one_of_each(cloud)
    assert cloud.succeed().changes == []
