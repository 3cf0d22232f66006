"""What the module does not do by itself, with the sentence that says so: told before anything is bought."""

from typing import Any

import pytest

from tests.deploy.ansible.module import KEY, MACHINES, Cloud
from tests.digitalocean.account import Delays
from tests.digitalocean.catalogue import Json
from tests.digitalocean.server import Fault

EDGE = "homercovilha-edge"


def machines(**edge: Any) -> list[Json]:
    """Return the machines with an edge that has other values."""
    return [MACHINES[0], MACHINES[1] | edge]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"ssh_from": []}, "operator_cidrs is []: list the addresses from which you use ssh"),
        ({"ssh_from": ["198.51.100.7", "::/0"]}, "operator_cidrs is ['198.51.100.7', '::/0']: list"),
        ({"ssh_from": ["198.51.100.7/99"]}, "operator_cidrs is ['198.51.100.7/99']: list"),
        ({"ssh_public_key_files": ["/absent.pub"]}, "/absent.pub is not an ssh public key: make one with `ssh-keygen"),
        ({"ssh_public_key_files": []}, "ssh_public_key_files is empty: no one could use ssh"),
        (
            {"region": "fra9"},
            "do_region is fra9: no such region is open. There are ams3, blr1, fra1, lon1, nyc3, sgp1.",
        ),
        ({"region": "syd1"}, "do_region is syd1: no such region is open."),
        (
            {"machines": machines(size="s-9")},
            "edge_size is s-9: fra1 has no such size. Cheapest are s-1vcpu-512mb-10gb,",
        ),
        ({"machines": machines(size="s-8vcpu-16gb")}, "edge_size is s-8vcpu-16gb: fra1 has no such size."),
        (
            {"image": "debian-9"},
            "do_image is debian-9: fra1 has no such image. There are debian-12-x64, debian-13-x64, ubuntu",
        ),
        ({"reserved_ip": "192.0.2.1"}, "site_reserved_ip is 192.0.2.1, which this account does not have."),
        ({"vpc_name": "walled"}, "a new edge in the VPC walled cannot reach it. Set do_vpc_name to the VPC"),
    ],
)
def test_wrong_value_is_told_before_anything_is_bought(cloud: Cloud, wrong: Json, sentence: str) -> None:
    for check in (True, False):
        result = cloud.run(check=check, **wrong)
        assert sentence in result.failure
        assert result.changes == []


def test_all_that_is_wrong_is_told_at_once(cloud: Cloud) -> None:
    failure = cloud.run(ssh_from=[], ssh_public_key_files=["/absent.pub"], reserved_ip="192.0.2.1").failure
    assert len(failure.splitlines()) == 3
    assert len(cloud.run(image="debian-9", machines=machines(size="s-9")).failure.splitlines()) == 2


def test_private_key_is_never_sent(cloud: Cloud) -> None:
    cloud.key.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n")
    result = cloud.run()
    assert "is not an ssh public key" in result.failure
    assert "secret" not in str(result.answer)
    assert result.changes == []


def test_every_operators_key_is_known_to_a_new_droplet(cloud: Cloud) -> None:
    other = cloud.key.with_name("other.pub")
    other.write_text("ssh-ed25519 BBBB colleague\n")
    number = cloud.account.number()
    known = {"id": number, "fingerprint": "", "name": "mine", "public_key": f"{KEY} under another comment"}
    cloud.account.ssh_keys.append(known)
    result = cloud.succeed(ssh_public_key_files=[str(cloud.key), str(other)])
    assert result.changes.count("POST /v2/account/keys") == 1
    assert [key["public_key"] for key in cloud.account.ssh_keys] == [known["public_key"], "ssh-ed25519 BBBB colleague"]


def test_machine_is_not_stopped_unasked(cloud: Cloud) -> None:
    cloud.droplet(EDGE)
    result = cloud.run(machines=machines(size="s-2vcpu-2gb"))
    assert f"Droplet {EDGE} (id 101, in fra1) has size s-1vcpu-1gb, edge_size is s-2vcpu-2gb." in result.failure
    assert "`-e droplet_resize=true`, or set edge_size back." in result.failure
    assert result.changes == []


@pytest.mark.parametrize("interrupted", [False, True])
def test_size_is_changed_on_demand_also_after_an_interruption(cloud: Cloud, interrupted: bool) -> None:
    droplet = cloud.droplet(EDGE)
    cloud.succeed()
    if interrupted:
        droplet["status"] = "off"
        assert f"Droplet {EDGE} (id 101, in fra1) is off: switch it on" in cloud.run().failure
    cloud.account.delays = Delays(action=60)
    cloud.succeed(machines=machines(size="s-2vcpu-2gb"), resize=True)
    assert (droplet["size_slug"], droplet["status"]) == ("s-2vcpu-2gb", "active")


@pytest.mark.parametrize("carried_out", [1, 2, 3])
def test_interrupted_change_of_size_is_finished_by_the_next(cloud: Cloud, carried_out: int) -> None:
    droplet = cloud.droplet(EDGE)
    cloud.succeed()
    cloud.account.delays = Delays(action=60)
    cloud.interrupt(carried_out, machines=machines(size="s-2vcpu-2gb"), resize=True)
    cloud.succeed(machines=machines(size="s-2vcpu-2gb"), resize=True)
    assert (droplet["size_slug"], droplet["status"]) == ("s-2vcpu-2gb", "active")
    assert cloud.succeed(machines=machines(size="s-2vcpu-2gb")).changes == []


def test_reserved_ip_that_cannot_be_assigned_is_told(cloud: Cloud) -> None:
    ip = cloud.account.add_reserved_ip("fra1")["ip"]
    cloud.account.action_result = "errored"
    failure = cloud.run(reserved_ip=ip).failure
    assert f"DigitalOcean could not assign_ip Reserved IP {ip} (action " in failure


def test_action_that_fails_is_told(cloud: Cloud) -> None:
    cloud.droplet(EDGE)
    cloud.account.action_result = "errored"
    failure = cloud.run(machines=machines(size="s-2vcpu-2gb"), resize=True).failure
    assert f"DigitalOcean could not shutdown Droplet {EDGE} (action " in failure


def test_droplet_of_the_name_in_another_region_is_not_made_twice(cloud: Cloud) -> None:
    cloud.droplet(EDGE, region="ams3")
    result = cloud.run()
    assert f"Droplet {EDGE} (id 101, in ams3) is not in fra1: set do_region to where it is" in result.failure
    assert result.changes == []


def test_other_vpc_is_refused(cloud: Cloud) -> None:
    cloud.droplet(EDGE)
    result = cloud.run(vpc_name="walled")
    assert "A Droplet cannot move to another VPC: correct do_vpc_name" in result.failure
    assert result.changes == []


def test_droplet_whose_answer_was_lost_is_not_made_twice(cloud: Cloud) -> None:
    cloud.api.faults.append(Fault("POST", "/v2/droplets", 0, carried_out=True))
    assert "POST /droplets: no answer (" in cloud.run().failure
    cloud.succeed()
    assert cloud.api.calls.count("POST /v2/droplets") == 2


def test_unused_reserved_ip_is_not_taken_by_guess(cloud: Cloud) -> None:
    idle = cloud.account.add_reserved_ip("fra1")["ip"]
    result = cloud.run()
    assert (
        f"fra1 has reserved IPs that no Droplet uses: {idle}. Write the site's into site_reserved_ip" in result.failure
    )
    assert result.changes == []
    cloud.succeed(reserve_another=True)
    assert len(cloud.account.reserved_ips) == 2


def test_named_reserved_ip_is_assigned_if_it_is_free(cloud: Cloud) -> None:
    ip = cloud.account.add_reserved_ip("fra1")
    cloud.succeed(reserved_ip=ip["ip"])
    assert ip["droplet"]["name"] == EDGE
    assert cloud.succeed(reserved_ip=ip["ip"]).changes == []


def test_named_reserved_ip_is_refused_if_it_is_not_free(cloud: Cloud) -> None:
    taken = cloud.account.add_reserved_ip("fra1", cloud.droplet("other"))["ip"]
    far = cloud.account.add_reserved_ip("ams3")["ip"]
    assert f"{taken}, which belongs to Droplet other: take it away" in cloud.run(reserved_ip=taken).failure
    assert "which is in ams3, not in fra1." in cloud.run(reserved_ip=far).failure
    own = cloud.account.add_reserved_ip("fra1", cloud.droplet(EDGE))["ip"]
    cloud.account.limit, idle = 4, cloud.account.reserved_ips
    idle[0]["droplet"] = None
    assert f"but {EDGE} has {own}: take that away from it first." in cloud.run(reserved_ip=taken).failure


def test_load_balancer_for_the_world_is_told_before_anything_is_bought(cloud: Cloud) -> None:
    cloud.account.load_balancers[0]["network"] = "EXTERNAL"
    result = cloud.run()
    assert "Load balancer homercovilha is EXTERNAL, in VPC" in result.failure
    assert result.changes == []


def test_load_balancer_is_told(cloud: Cloud) -> None:
    assert cloud.succeed(load_balancer="absent").answer["load_balancer"] == {}
    balancer = cloud.succeed().answer["load_balancer"]
    assert (balancer["ip"], balancer["network"]) == ("10.114.0.77", "INTERNAL")


def test_vpc_is_made_once_and_the_site_in_it(cloud: Cloud) -> None:
    for _ in range(2):
        cloud.succeed(vpc_name="walled", load_balancer="")
    assert cloud.api.calls.count("POST /v2/vpcs") == 1
    vpc = cloud.account.find("vpcs", name="walled")
    assert {droplet["vpc_uuid"] for droplet in cloud.account.droplets} == {vpc["id"]}


def test_others_are_only_looked_for(cloud: Cloud) -> None:
    cloud.droplet(EDGE)
    result = cloud.succeed(only=["prometheus"], ssh_from=["198.51.100.7"])
    assert [host["name"] for host in result.answer["hosts"]] == ["homercovilha-prometheus", EDGE]
    assert "POST /v2/reserved_ips" not in result.changes
    assert cloud.succeed(only=[], ssh_public_key_files=[]).changes == []
