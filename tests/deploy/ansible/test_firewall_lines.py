"""Two firewalls are compared by what they let through, not by how they are written."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.deploy.ansible.module import role_module

lines = role_module("digitalocean_site").firewall_lines


def firewall(*rules: dict[str, Any], **rest: Any) -> dict[str, Any]:
    """Return a firewall with these inbound rules."""
    return {"inbound_rules": list(rules), "outbound_rules": [], **rest}


def rule(ports: str, *addresses: str, protocol: str = "tcp", **sources: list[str]) -> dict[str, Any]:
    """Return an inbound rule."""
    return {"protocol": protocol, "ports": ports, "sources": {"addresses": list(addresses), **sources}}


@given(st.permutations(["192.0.2.1", "198.51.100.0/24", "2001:db8::/32"]), st.permutations(["22", "80", "443"]))
def test_order_says_nothing(addresses: list[str], ports: list[str]) -> None:
    asked = firewall(*(rule(port, *addresses) for port in ports))
    assert lines(asked) == lines(firewall(*(rule(p, *sorted(addresses)) for p in sorted(ports))))


def test_grouping_says_nothing() -> None:
    assert lines(firewall(rule("22", "192.0.2.1", "192.0.2.2"))) == lines(
        firewall(rule("22", "192.0.2.1"), rule("22", "192.0.2.2"))
    )


def test_the_api_writes_all_ports_and_single_addresses_in_its_own_way() -> None:
    assert lines(firewall(rule("all", "192.0.2.1"))) == lines(firewall(rule("0", "192.0.2.1/32")))
    assert lines(firewall(rule("", "::/0", protocol="icmp"))) == lines(firewall(rule("0", "::/0", protocol="icmp")))
    assert lines(firewall()) == lines({"tags": None, "droplet_ids": None, "inbound_rules": None})


def test_whatever_else_may_come_in_is_seen() -> None:
    plain = lines(firewall(rule("22", "192.0.2.1")))
    assert lines(firewall(rule("22-23", "192.0.2.1"))) != plain
    assert lines(firewall(rule("22", "192.0.2.1", protocol="udp"))) != plain
    assert lines(firewall(rule("22", "192.0.2.1", tags=["web"]))) != plain
    assert lines(firewall(rule("22", "192.0.2.1"), droplet_ids=[7])) != plain
    assert lines(firewall()) != plain
