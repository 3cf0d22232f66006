"""The playbooks against the stand-in of the API, as an operator runs them: built, left alone, corrected, destroyed."""

import copy
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from tests.deploy.ansible.playbooks import ANSIBLE, Operator
from tests.digitalocean.account import Account, Delays
from tests.digitalocean.server import StandIn
from tests.support.programs import ROOT, require

# Some runs of Ansible are behind the first test.
LISTS = ("droplets", "firewalls", "ssh_keys", "tags", "vpcs", "reserved_ips", "load_balancers")
pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]


class Copy:
    """What the account had at a moment."""

    def __init__(self, account: Account) -> None:
        self.__dict__ = {what: copy.deepcopy(getattr(account, what)) for what in LISTS}

    def __eq__(self, other: object) -> bool:
        return self.__dict__ == other.__dict__


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Everything that is done to the Droplets, once for all tests of this file."""
    with StandIn(Account(delays=Delays(boot=0.5))) as api:
        api.account.add_load_balancer("homercovilha", "fra1", "10.114.0.77")
        operator = Operator(api, tmp_path_factory.mktemp("operator"))
        story = SimpleNamespace(api=api, folder=operator.folder, before=Copy(api.account))
        story.foretold = operator.play("droplets.yml", "--check", "--diff")
        story.unharmed = Copy(api.account)
        story.first = operator.play("droplets.yml", "-vvv")
        story.built = Copy(api.account)
        story.inventory = yaml.safe_load((operator.folder / "droplets.yml").read_text())
        story.second = operator.play("droplets.yml", at=operator.folder)
        edge = next(f for f in api.account.firewalls if f["name"] == "homercovilha-edge")
        edge["inbound_rules"].append({"protocol": "tcp", "ports": "3306", "sources": {"addresses": ["0.0.0.0/0"]}})
        story.looked = operator.play("droplets.yml", "--tags", "edge")
        story.third = operator.play("droplets.yml")
        story.corrected = Copy(api.account)
        story.doubted = operator.play("destroy.yml", "-e", "destroy_name=homer")
        api.account.find("droplets", name="homercovilha-prometheus")["name"] = "web"
        story.destroyed = operator.play("destroy.yml", "-e", "destroy_name=homercovilha")
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
        for address in rule["sources"].get("addresses", [])
    }


def test_check_mode_tells_what_would_be_done_and_does_nothing(life: Any) -> None:
    assert life.foretold.code == 0
    assert life.foretold.changes == []
    assert "+Droplet homercovilha-edge would be made: s-1vcpu-1gb, debian-13-x64, fra1." in life.foretold.output
    assert life.foretold.changed == 1
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
    edge = named(life.built.firewalls, "homercovilha-edge")
    open_edge = permissions(edge)
    assert open_edge == {ssh, ("tcp", "80", "0.0.0.0/0"), ("tcp", "80", "::/0")}
    assert permissions(named(life.built.firewalls, "homercovilha-prometheus")) == {ssh}
    others = [rule["sources"]["tags"] for rule in edge["inbound_rules"] if "tags" in rule["sources"]]
    assert others == [["homercovilha-prometheus"]] * 2


def test_edge_has_the_one_reserved_ip(life: Any) -> None:
    (mine,) = life.built.reserved_ips
    assert mine["droplet"]["name"] == "homercovilha-edge"
    assert f'site_reserved_ip: "{mine["ip"]}"' in life.first.words


def test_second_run_changes_nothing(life: Any) -> None:
    assert life.second.code == 0
    assert life.second.changed == 0
    assert life.second.changes == []
    assert len(life.second.calls) <= 10
    # `pytest -rP` shows it.
    print(f"Second run: {len(life.second.calls)} calls in {life.second.seconds:.2f} s, {life.second.changed} changed")
    assert life.second.seconds <= 3


def test_run_without_the_tag_droplets_only_looks(life: Any) -> None:
    assert (life.looked.code, life.looked.changed, life.looked.changes) == (0, 0, [])
    assert "homercovilha-edge: ssh root@" in life.looked.words


def test_foreign_firewall_rule_is_removed(life: Any) -> None:
    assert life.third.code == 0
    assert "remove inbound tcp 3306 addresses 0.0.0.0/0" in life.third.words
    assert permissions(named(life.corrected.firewalls, "homercovilha-edge")) == permissions(
        named(life.built.firewalls, "homercovilha-edge")
    )


def test_inventory_knows_the_droplets_and_serves_other_commands(life: Any, tmp_path: Path) -> None:
    edge = life.inventory["all"]["children"]["edge"]["hosts"]["homercovilha-edge"]
    (ip,) = (ip["ip"] for ip in life.built.reserved_ips)
    assert (edge["ansible_user"], edge["droplet_reserved_ip"], edge["edge_backend_address"]) == (
        "root",
        ip,
        "10.114.0.77",
    )
    (tmp_path / "droplets.yml").write_text(yaml.safe_dump(life.inventory))
    command = [
        require("ansible"),
        "edge",
        "-i",
        str(tmp_path),
        "-m",
        "debug",
        "-a",
        "msg={{ ansible_ssh_common_args }}",
    ]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert f"UserKnownHostsFile={ANSIBLE}/known_hosts" in " ".join(told.stdout.split()), told.stdout + told.stderr
    assert f"HostKeyAlias={edge['droplet_host_key_alias']}" in told.stdout


def test_limit_takes_the_droplets_of_the_inventory_or_says_that_there_are_none(life: Any, tmp_path: Path) -> None:
    command = [
        require("ansible-playbook"),
        str(ANSIBLE / "site.yml"),
        "-i",
        str(tmp_path),
        "--limit",
        "edge",
        "--list-hosts",
    ]
    (tmp_path / "localhost.yml").write_text((ANSIBLE / "inventory/localhost.yml").read_text())
    none = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert none.returncode != 0
    assert "--limit leaves us with no hosts to target" in " ".join(none.stderr.split())
    (tmp_path / "droplets.yml").write_text(yaml.safe_dump(life.inventory))
    some = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert "homercovilha-edge" in some.stdout
    assert "homercovilha-prometheus" not in some.stdout


def test_destroy_asks_for_the_name(life: Any) -> None:
    assert life.doubted.code != 0
    assert '"homer" is not the name of the site, "homercovilha". Nothing was changed.' in life.doubted.words
    assert life.doubted.calls == []


def test_destroy_fails_with_a_list_of_what_is_left(life: Any) -> None:
    assert life.destroyed.code != 0
    assert "Droplet homercovilha-edge (id 103) was removed." in life.destroyed.words
    assert (
        "Droplet web (id 102), with the site's name or tag homercovilha-prometheus but not both, is left."
        in life.destroyed.words
    )
    assert [droplet["name"] for droplet in life.api.account.droplets] == ["web"]
