"""A host that does not answer by ssh ends the run with a sentence that names what may be wrong."""

from pathlib import Path

from tests.deploy.ansible.playbooks import Operator
from tests.digitalocean.server import StandIn
from tests.support.programs import require


def test_unreachable_host_is_reported_with_the_firewall_and_the_key(tmp_path: Path) -> None:
    require("ssh")
    (tmp_path / "inventory.yml").write_text("{edge: {hosts: {lonely: {ansible_host: 127.0.0.1, ansible_port: 9}}}}")
    with StandIn() as api:
        operator = Operator(api, tmp_path)
        outcome = operator.play(
            "edge.yml", f"--inventory={tmp_path}/inventory.yml", droplet_manage=False, base_reach_timeout=1
        )
    assert outcome.code != 0
    assert "lonely (127.0.0.1) did not answer by ssh within 1 s" in outcome.words
    assert 'operator_cidrs, ["198.51.100.7/32"]' in outcome.words
    assert "--private-key" in outcome.words
    assert "Connection refused" in outcome.words
