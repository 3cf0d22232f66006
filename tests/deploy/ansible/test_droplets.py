"""The Droplets' whole life against the stand-in of the API: built, left alone, corrected, destroyed."""

import copy
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.deploy.ansible.playbooks import Operator
from tests.digitalocean.account import Account
from tests.digitalocean.server import StandIn
from tests.programs import ROOT

# Six runs of Ansible are behind the first test.
pytestmark = pytest.mark.timeout(1200)


def foreign(account: Account) -> None:
    """Fill the account with other people's things; with ours, the ssh keys make two pages."""
    for number in range(3):
        key = {"id": number, "fingerprint": "", "name": "colleague", "public_key": f"ssh-rsa AAAA{number}"}
        account.ssh_keys.append(key)
    rules: dict[str, Any] = {"inbound_rules": [], "outbound_rules": [], "tags": [], "droplet_ids": []}
    state = {"status": "succeeded", "pending_changes": [], "created_at": account.vpcs[0]["created_at"]}
    account.firewalls.append({"id": "f1", "name": "other", **rules, **state})
    account.add_reserved_ip("ams3")
    account.add_load_balancer("other", "fra1", "10.114.0.7")
    account.add_load_balancer("homercovilha", "fra1", "10.114.0.77")


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Everything that is done to the Droplets, once for all tests of this file."""
    with StandIn() as api:
        foreign(api.account)
        operator = Operator(api, tmp_path_factory.mktemp("operator"))
        story = SimpleNamespace(api=api, before=copy.deepcopy(api.account))
        story.foretold = operator.play("droplets.yml", "--check")
        story.unharmed = copy.deepcopy(api.account)
        story.first = operator.play("droplets.yml", "-vvv")
        story.built = copy.deepcopy(api.account)
        story.second = operator.play("deploy/ansible/droplets.yml", at=ROOT)
        edge = next(f for f in api.account.firewalls if f["name"] == "homercovilha-edge")
        edge["inbound_rules"].append({"protocol": "tcp", "ports": "3306", "sources": {"addresses": ["0.0.0.0/0"]}})
        sizes = {"edge": "s-1vcpu-1gb", "prometheus": "s-2vcpu-2gb"}
        story.third = operator.play("droplets.yml", do_sizes=sizes, droplet_resize=True)
        story.corrected = copy.deepcopy(api.account)
        story.doubted = operator.play("destroy.yml", destroy_name="homer")
        story.destroyed = operator.play("destroy.yml", destroy_name="homercovilha")
        yield story


def named(things: list[dict[str, Any]], name: str) -> dict[str, Any]:
    """Return the one thing of that name."""
    (found,) = (thing for thing in things if thing["name"] == name)
    return found


def permissions(firewall: dict[str, Any]) -> set[tuple[str, str, str]]:
    """Return what a firewall lets in: protocol, ports, address."""
    return {
        (rule["protocol"], rule["ports"], address)
        for rule in firewall["inbound_rules"]
        for address in rule["sources"]["addresses"]
    }


def test_check_mode_tells_what_would_be_done_and_does_nothing(life: Any) -> None:
    assert life.foretold.code == 0
    assert life.foretold.changes == []
    assert "Would call POST /droplets" in life.foretold.words
    assert "Would call POST /firewalls" in life.foretold.words
    assert life.foretold.changed > 0
    assert life.unharmed == life.before


def test_first_run_builds_both_droplets(life: Any) -> None:
    assert life.first.code == 0
    edge = named(life.built.droplets, "homercovilha-edge")
    prometheus = named(life.built.droplets, "homercovilha-prometheus")
    assert (edge["size_slug"], prometheus["size_slug"]) == ("s-1vcpu-1gb", "s-1vcpu-2gb")
    assert edge["vpc_uuid"] == prometheus["vpc_uuid"] == named(life.built.vpcs, "default-fra1")["id"]
    assert len(life.built.droplets) == 2


def test_firewall_is_there_before_the_droplet(life: Any) -> None:
    changes = life.first.changes
    assert changes.index("POST /v2/firewalls") < changes.index("POST /v2/droplets")
    assert named(life.built.firewalls, "homercovilha-edge")["tags"] == ["homercovilha-edge"]
    assert named(life.built.droplets, "homercovilha-edge")["tags"] == ["homercovilha-edge"]


def test_only_port_80_is_open_to_the_world(life: Any) -> None:
    ssh = ("tcp", "22", "198.51.100.7/32")
    open_edge = permissions(named(life.built.firewalls, "homercovilha-edge"))
    assert open_edge == {ssh, ("tcp", "80", "0.0.0.0/0"), ("tcp", "80", "::/0")}
    assert permissions(named(life.built.firewalls, "homercovilha-prometheus")) == {ssh}


def test_edge_has_the_one_reserved_ip(life: Any) -> None:
    (mine,) = (ip for ip in life.built.reserved_ips if ip["region"]["slug"] == "fra1")
    assert mine["droplet"]["name"] == "homercovilha-edge"
    assert f'site_reserved_ip: "{mine["ip"]}"' in life.first.words


def test_second_run_changes_nothing(life: Any) -> None:
    assert life.second.code == 0
    assert life.second.changed == 0
    assert life.second.changes == []


def test_foreign_firewall_rule_is_removed(life: Any) -> None:
    assert life.third.code == 0
    assert "inbound tcp 3306 addresses 0.0.0.0/0" in life.third.words
    assert permissions(named(life.corrected.firewalls, "homercovilha-edge")) == permissions(
        named(life.built.firewalls, "homercovilha-edge")
    )


def test_changed_size_is_converged_when_a_stop_is_allowed(life: Any) -> None:
    droplet = named(life.corrected.droplets, "homercovilha-prometheus")
    assert (droplet["size_slug"], droplet["status"]) == ("s-2vcpu-2gb", "active")
    assert droplet["id"] == named(life.built.droplets, "homercovilha-prometheus")["id"]
    assert [c for c in life.third.changes if c.startswith("PUT")] != []


def test_destroy_asks_for_the_name(life: Any) -> None:
    assert life.doubted.code != 0
    assert '"homer" is not the name of the site, "homercovilha". Nothing was changed.' in life.doubted.words
    assert life.doubted.calls == []


def test_destroy_leaves_nothing_of_ours_and_everything_of_others(life: Any) -> None:
    assert life.destroyed.code == 0
    for what in ("droplets", "firewalls", "ssh_keys", "tags", "vpcs", "reserved_ips", "load_balancers"):
        assert getattr(life.api.account, what) == getattr(life.before, what), what
