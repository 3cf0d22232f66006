"""Destroying a site: nothing of it stays or is billed unsaid, and nothing of others goes."""

import copy
from typing import Any

import pytest

from tests.deploy.ansible.module import KEY, Cloud
from tests.digitalocean.account import Account, Delays
from tests.digitalocean.server import Fault

LISTS = ("droplets", "firewalls", "ssh_keys", "tags", "vpcs", "reserved_ips", "load_balancers")
EDGE, PROMETHEUS = "homercovilha-edge", "homercovilha-prometheus"


def destroy(cloud: Cloud, **arguments: Any) -> list[str]:
    """Destroy the site, and return what is told to be left."""
    left: list[str] = cloud.succeed(state="absent", vpc_name="walled", **arguments).answer["left"]
    return left


@pytest.fixture
def others(cloud: Cloud) -> Account:
    """Return the account as it was before there was a site, with things of others in three pages of each list."""
    account = cloud.account
    account.limit = 20
    rules: dict[str, Any] = {"inbound_rules": [], "outbound_rules": [], "tags": [], "droplet_ids": []}
    state = {"status": "succeeded", "pending_changes": [], "created_at": account.vpcs[0]["created_at"]}
    for number in range(7):
        key = {"id": number, "fingerprint": "", "name": "homercovilha", "public_key": f"ssh-rsa AAAA{number}"}
        account.ssh_keys.append(key)
        account.firewalls.append({"id": f"f{number}", "name": f"other-{number}", **rules, **state})
        account.add_reserved_ip("ams3", cloud.droplet(f"other-{number}", region="ams3"))
        account.add_load_balancer(f"other-{number}", "fra1", f"10.114.0.{number}")
    return copy.deepcopy(account)


@pytest.fixture
def built(cloud: Cloud, others: Account) -> Cloud:
    """Return the cloud with a site in a VPC of its own."""
    with_vpc = cloud.account.load_balancers[0]
    with_vpc["name"] = "unused"
    cloud.succeed(vpc_name="walled", load_balancer="")
    return cloud


def test_second_run_finds_everything_on_the_third_page_of_each_list(built: Cloud) -> None:
    again = built.succeed(vpc_name="walled", load_balancer="")
    assert again.changes == []
    for path in ("account/keys", "vpcs", "droplets", "firewalls", "reserved_ips", "load_balancers"):
        assert again.calls.count(f"GET /v2/{path}") >= 3, path


def test_nothing_of_ours_and_everything_of_others_stays(built: Cloud, others: Account) -> None:
    others.load_balancers[0]["name"] = "unused"
    assert destroy(built) == []
    for what in LISTS:
        assert getattr(built.account, what) == getattr(others, what), what
    again = built.succeed(state="absent")
    assert (again.answer["left"], again.answer["changed"]) == ([], False)


def test_check_mode_removes_nothing(built: Cloud) -> None:
    told = built.succeed(state="absent", check=True)
    assert told.changes == []
    droplet = built.account.find("droplets", name=EDGE)
    assert f"Droplet {EDGE} (id {droplet['id']}) would be removed." in told.words
    assert told.answer["left"] == []


@pytest.mark.parametrize("delays", [Delays(event=200), Delays(membership=200), Delays(action=200)])
def test_what_takes_minutes_is_waited_for(built: Cloud, delays: Delays) -> None:
    built.account.delays = delays
    assert destroy(built) == []


def test_reserved_ip_that_is_only_taken_from_its_droplet_at_first_is_given_back(built: Cloud) -> None:
    built.account.release_twice = True
    assert destroy(built) == []
    assert len(built.account.reserved_ips) == 7


def test_reserved_ip_is_kept_on_demand(built: Cloud) -> None:
    assert destroy(built, keep_reserved_ip=True) == []
    assert len(built.account.reserved_ips) == 8


def test_named_reserved_ip_is_given_back_although_an_interrupted_run_destroyed_its_droplet(built: Cloud) -> None:
    ip = built.account.reserved_ips[-1]
    ip["droplet"] = None
    foretold = built.succeed(state="absent", check=True, reserved_ip=ip["ip"])
    assert foretold.answer["changes"].count(f"Reserved IP {ip['ip']} would be removed.") == 1
    assert destroy(built, reserved_ip=ip["ip"]) == []
    assert ip not in built.account.reserved_ips


def test_unassigned_reserved_ip_that_may_be_ours_is_told(built: Cloud) -> None:
    ip = built.account.reserved_ips[-1]
    ip["droplet"] = None
    told = f"Reserved IP {ip['ip']}, which may be the site's (then name it in site_reserved_ip), is left."
    assert destroy(built) == [told]
    assert destroy(built, keep_reserved_ip=True) == []


def test_key_of_the_same_name_that_is_not_ours_stays(built: Cloud) -> None:
    destroy(built)
    assert KEY not in [key["public_key"] for key in built.account.ssh_keys]
    assert len(built.account.ssh_keys) == 7


@pytest.mark.parametrize("mark", ["name", "tag"])
def test_droplet_with_one_mark_is_left_with_its_firewall_and_told(built: Cloud, mark: str) -> None:
    droplet = built.account.find("droplets", name=EDGE)
    if mark == "name":
        droplet["tags"].clear()
    else:
        droplet["name"] = "web"
    left = destroy(built)
    assert (
        f"Droplet {droplet['name']} (id {droplet['id']}), with the site's name or tag {EDGE} but not both, is left."
        in left
    )
    assert f"Firewall {EDGE} is left." in left
    assert any("VPC walled is left." in sentence for sentence in left)
    assert droplet in built.account.droplets
    assert PROMETHEUS not in [droplet["name"] for droplet in built.account.droplets]
    assert f"Firewall {PROMETHEUS} is left." not in left


def test_failure_is_told_and_the_rest_goes(built: Cloud) -> None:
    droplet = built.account.find("droplets", name=PROMETHEUS)
    built.api.faults.append(Fault("DELETE", f"/v2/droplets/{droplet['id']}", 403, times=99))
    left = destroy(built)
    assert f"Droplet {PROMETHEUS} (id {droplet['id']}) is left." in left
    assert any("DigitalOcean answered 403: It failed on command." in sentence for sentence in left)
    assert [d["name"] for d in built.account.droplets if "other" not in d["name"]] == [PROMETHEUS]
    assert built.account.find("firewalls", name=PROMETHEUS)["tags"] == [PROMETHEUS]


def test_droplet_that_appears_while_the_others_go_is_told(built: Cloud) -> None:
    built.account.later(1, lambda: built.droplet(EDGE))
    left = destroy(built)
    (late,) = [droplet for droplet in built.account.droplets if "other" not in droplet["name"]]
    told = f"Droplet {EDGE} (id {late['id']}), with the site's name or tag {EDGE} but not both, is left."
    assert left == [told]


def test_vpc_with_a_cluster_in_it_is_told(built: Cloud) -> None:
    vpc = built.account.find("vpcs", name="walled")
    built.account.members.append((vpc["id"], 0))
    left = destroy(built)
    assert left[0] == "VPC walled is left."
    assert "Can not delete VPC with members" in left[1]


@pytest.mark.parametrize("carried_out", range(1, 11))
def test_interrupted_destruction_is_finished_by_the_next(built: Cloud, others: Account, carried_out: int) -> None:
    others.load_balancers[0]["name"] = "unused"
    ip = built.account.reserved_ips[-1]["ip"]
    built.account.delays = Delays(event=7, membership=7)
    built.account.release_twice = True
    built.interrupt(carried_out, state="absent", vpc_name="walled")
    assert destroy(built, reserved_ip=ip) == []
    for what in LISTS:
        assert getattr(built.account, what) == getattr(others, what), what


def test_nothing_is_waited_for_in_vain_while_a_droplet_is_left(built: Cloud) -> None:
    built.account.find("droplets", name=EDGE)["tags"].clear()
    began = built.passed
    assert "VPC walled is left." in destroy(built)
    assert built.passed - began < 60
