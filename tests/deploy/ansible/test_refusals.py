"""What the role `droplet` does not do by itself, with the sentence that says so; and what it does instead."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from tests.deploy.ansible.playbooks import Operator, attempt
from tests.digitalocean.account import Account, Json
from tests.digitalocean.droplets import droplets_create, droplets_get
from tests.digitalocean.server import Fault, StandIn

# A run of Ansible with many cases is behind the first test.
pytestmark = pytest.mark.timeout(1200)


def droplet(account: Account, name: str, size: str = "s-1vcpu-1gb", region: str = "fra1") -> Json:
    """Put a running Droplet there, tagged with its name."""
    order = {"name": name, "region": region, "size": size, "image": "debian-13-x64", "tags": [name], "ssh_keys": []}
    droplets_create(account, order)
    droplets_get(account, {}, str(account.droplets[-1]["id"]))
    return account.droplets[-1]


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Every case, in one run."""
    with StandIn(silence=6.0) as api:
        edge = droplet(api.account, "homercovilha-edge")
        other = droplet(api.account, "other")
        droplet(api.account, "moved", region="ams3")
        idle = api.account.add_reserved_ip("fra1")["ip"]
        taken = api.account.add_reserved_ip("fra1", other)["ip"]
        far = api.account.add_reserved_ip("ams3")["ip"]
        api.account.add_load_balancer("outside", "fra1", "192.0.2.9", network="EXTERNAL")
        api.faults.append(Fault("POST", "/v2/droplets", 0, carried_out=True))
        operator = Operator(api, tmp_path_factory.mktemp("operator"))
        (operator.folder / "id").write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n")
        common: Json = {"droplet_api_url": api.url, "droplet_region": "fra1", "droplet_timeout": 4, "droplet_pause": 1}
        common |= {"droplet_site": "homercovilha", "droplet_image": "debian-13-x64", "droplet_vpc": ""}
        common |= {"droplet_here": edge, "droplet_name": "homercovilha-edge", "droplet_group": "edge"}
        common |= {"droplet_size": "s-1vcpu-1gb", "droplet_ssh_from": ["198.51.100.7"], "droplet_ssh_key": 0}
        api.account.ssh_keys.append({"id": 0, "fingerprint": "", "name": "mine", "public_key": "ssh-ed25519 AAAA"})
        reserve = {"case_tasks": "reserved_ip"}
        balancer = {"case_tasks": "load_balancer", "droplet_reserved_ip": idle}
        machine = {"case_tasks": "machine"}
        cases: dict[str, Json] = {
            "nobody": {"case_tasks": "main", "droplet_ssh_from": []},
            "world": {"case_tasks": "main", "droplet_ssh_from": ["198.51.100.7", "::/0"]},
            "single": {"case_tasks": "main", "droplet_ssh_from": "198.51.100.7"},
            "bigger": machine | {"droplet_size": "s-2vcpu-2gb"},
            "elsewhere": machine | {"droplet_name": "moved"},
            "fenced": machine | {"droplet_vpc": api.account.vpcs[1]["id"]},
            "lost": machine | {"droplet_name": "new"},
            "found": machine | {"droplet_name": "new"},
            "guessed": reserve,
            "taken": reserve | {"droplet_reserved_ip_wanted": taken},
            "far": reserve | {"droplet_reserved_ip_wanted": far},
            "strange": reserve | {"droplet_reserved_ip_wanted": "192.0.2.1"},
            "named": reserve | {"droplet_reserved_ip_wanted": idle},
            "absent": balancer | {"droplet_load_balancer_name": "homercovilha"},
            "outside": balancer | {"droplet_load_balancer_name": "outside"},
            "looked": {"case_tasks": "look", "droplet_reserved": True},
            "walled": {"case_tasks": "vpc", "droplet_vpc_name": "walled"},
            "again": {"case_tasks": "vpc", "droplet_vpc_name": "walled"},
            "unmade": {"case_tasks": "destroy_account"},
            "private": {"case_tasks": "ssh_key", "droplet_ssh_public_key_file": f"{operator.folder}/id"},
        }
        sentences, outcome = attempt(operator, {name: common | case for name, case in cases.items()})
        yield SimpleNamespace(api=api, outcome=outcome, edge=edge, idle=idle, owned=taken, **sentences)


def test_ssh_from_nowhere_or_everywhere_is_refused(refusals: Any) -> None:
    assert refusals.nobody.startswith("operator_cidrs is []: list the addresses from which you use ssh")
    assert refusals.world.startswith('operator_cidrs is ["198.51.100.7", "::/0"]')
    assert refusals.single.startswith('operator_cidrs is "198.51.100.7": list the addresses')


def test_machine_is_not_stopped_unasked(refusals: Any) -> None:
    assert "has size s-1vcpu-1gb, do_sizes says s-2vcpu-2gb" in refusals.bigger
    assert "`-e droplet_resize=true`, or set do_sizes.edge back" in refusals.bigger
    assert not any(call.endswith("/actions") and "droplets" in call for call in refusals.api.changes)


def test_droplet_of_the_name_in_another_region_is_not_made_twice(refusals: Any) -> None:
    assert "in ams3), where one in fra1 is meant" in refusals.elsewhere


def test_other_vpc_is_refused(refusals: Any) -> None:
    assert "A Droplet cannot move to another VPC: correct do_vpc_name" in refusals.fenced


def test_droplet_whose_answer_was_lost_is_not_made_twice(refusals: Any) -> None:
    assert "POST /droplets: no answer (" in refusals.lost
    assert "It was not repeated, since it may have been carried out" in refusals.lost
    assert refusals.found == ""
    assert refusals.api.calls.count("POST /v2/droplets") == 1


def test_unused_reserved_ip_is_not_taken_by_guess(refusals: Any) -> None:
    assert f"has reserved IPs that no Droplet uses: {refusals.idle}. Write the site's" in refusals.guessed
    assert "POST /v2/reserved_ips" not in refusals.api.changes


def test_named_reserved_ip_is_assigned_if_it_is_free(refusals: Any) -> None:
    assert refusals.named == ""
    assert refusals.api.account.find("reserved_ips", ip=refusals.idle)["droplet"] is refusals.edge


def test_named_reserved_ip_is_refused_if_it_is_not_free(refusals: Any) -> None:
    assert f"site_reserved_ip is {refusals.owned}, which belongs to Droplet other" in refusals.taken
    assert "which is in ams3, not in fra1." in refusals.far
    assert "which this account does not have." in refusals.strange


def test_load_balancer_must_be_there_and_internal(refusals: Any) -> None:
    assert f"apply the site to the cluster first (ALLOWED_HOSTS={refusals.idle})" in refusals.absent
    assert "Load balancer outside is EXTERNAL and active" in refusals.outside


def test_private_key_is_never_sent(refusals: Any) -> None:
    assert "is no ssh public key" in refusals.private
    assert "POST /v2/account/keys" not in refusals.api.changes


def test_machine_of_another_playbook_joins_as_it_is(refusals: Any) -> None:
    assert refusals.looked == ""
    private, public = (network["ip_address"] for network in refusals.edge["networks"]["v4"])
    told = f"homercovilha-edge: ssh root@{public}, in the VPC {private}, reserved IP {refusals.idle}"
    assert told in refusals.outcome.words


def test_vpc_is_made_once_and_removed_only_if_it_is_the_sites_own(refusals: Any) -> None:
    assert (refusals.walled, refusals.again, refusals.unmade) == ("", "", "")
    assert refusals.api.changes.count("POST /v2/vpcs") == 1
    assert len([call for call in refusals.api.changes if call.startswith("DELETE")]) == 1
    assert all(vpc["default"] for vpc in refusals.api.account.vpcs)
