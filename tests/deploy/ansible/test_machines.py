"""Backups by DigitalOcean, and a second edge."""

from tests.deploy.ansible.module import MACHINES, Cloud
from tests.digitalocean.account import Delays
from tests.digitalocean.catalogue import BACKUP

EDGE = "homercovilha-edge"


def test_backups_are_switched_on(cloud: Cloud) -> None:
    wanted = [MACHINES[0] | {"backups": True}, MACHINES[1]]
    cloud.succeed()
    cloud.account.delays = Delays(action=60)
    assert "Droplet homercovilha-prometheus was given DigitalOcean's backups." in cloud.succeed(machines=wanted).words
    assert cloud.account.find("droplets", name="homercovilha-prometheus")["features"] == ["backups"]
    assert cloud.succeed(machines=wanted).changes == []


def test_backups_that_an_interrupted_run_switched_on_are_waited_for(cloud: Cloud) -> None:
    wanted = [MACHINES[0] | {"backups": True}, MACHINES[1]]
    cloud.succeed()
    cloud.account.delays = Delays(action=60)
    cloud.interrupt(1, machines=wanted)
    assert cloud.succeed(machines=wanted).changes == []


def test_new_droplet_can_come_from_a_backup_and_have_backups_at_once(cloud: Cloud) -> None:
    cloud.succeed(image=str(BACKUP), only=["prometheus"], machines=[MACHINES[0] | {"backups": True}, MACHINES[1]])
    (droplet,) = cloud.account.droplets
    assert (droplet["image"]["id"], droplet["features"]) == (BACKUP, ["backups"])


def test_second_edge_stands_by_behind_the_same_firewall_and_the_ip_stays_where_it_is(cloud: Cloud) -> None:
    pair = [MACHINES[0], MACHINES[1] | {"count": 2}]
    hosts = cloud.succeed(machines=pair).answer["hosts"]
    (ip,) = cloud.account.reserved_ips
    assert [host["name"] for host in hosts] == ["homercovilha-prometheus", EDGE, f"{EDGE}-2"]
    assert [host["reserved_ip"] for host in hosts] == ["", ip["ip"], ip["ip"]]
    assert {tuple(d["tags"]) for d in cloud.account.droplets[1:]} == {(EDGE,)}
    ip["droplet"] = cloud.account.find("droplets", name=f"{EDGE}-2")
    assert cloud.succeed(machines=pair, reserved_ip=ip["ip"]).changes == []
    one = cloud.run()
    assert f"Droplet {EDGE}-2 (id 104, in fra1) has the tag {EDGE}, but not the name {EDGE}:" in one.failure
    assert "raise edge_count" in one.failure
    assert cloud.succeed(state="absent").answer["left"] == []
    assert not cloud.account.droplets
