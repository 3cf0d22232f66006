"""A Cloud Firewall as a set of lines, so that two firewalls can be compared."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any


def droplet_firewall_lines(firewall: dict[str, Any]) -> list[str]:
    """Return one line for each permission and each attachment, sorted: equal lists mean equal firewalls.

    Grouping and order of rules say nothing. The API writes "0" for all ports, and an address may stand for its network.
    """
    lines = {f"tag {tag}" for tag in firewall.get("tags") or []}
    lines |= {f"droplet {number}" for number in firewall.get("droplet_ids") or []}
    for side, peers in (("inbound", "sources"), ("outbound", "destinations")):
        for rule in firewall.get(f"{side}_rules") or []:
            ports = "all" if rule["protocol"] == "icmp" else {"0": "all"}.get(rule["ports"], rule["ports"])
            for kind, members in rule[peers].items():
                for member in members or []:
                    peer = ip_network(member, strict=False) if kind == "addresses" else member
                    lines.add(f"{side} {rule['protocol']} {ports} {kind} {peer}")
    return sorted(lines)


class FilterModule:
    """Ansible's way to find the filter."""

    def filters(self) -> dict[str, Any]:
        """Return the filters by name."""
        return {"droplet_firewall_lines": droplet_firewall_lines}
