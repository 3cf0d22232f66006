"""A site in an account, made what it should be or destroyed."""

from __future__ import annotations

import re
from ipaddress import ip_network

from .digitalocean_account import Account, Machine, Sentences, holder, is_ready, problems
from .digitalocean_api import ApiError, Condition, Json

EVERYWHERE = {"addresses": ["0.0.0.0/0", "::/0"]}
OUTBOUND = [{"protocol": protocol, "ports": "all", "destinations": EVERYWHERE} for protocol in ("tcp", "udp", "icmp")]


def firewall_lines(firewall: Json) -> set[str]:
    """Return a line for each permission and each attachment of a firewall: equal lines mean equal firewalls.

    Grouping and order of rules do not matter. The API writes "0" for all ports, and an address as its network.
    """
    lines = {f"tag {tag}" for tag in firewall.get("tags") or []}
    lines |= {f"droplet {number}" for number in firewall.get("droplet_ids") or []}
    for side, peers in (("inbound", "sources"), ("outbound", "destinations")):
        for rule in firewall.get(f"{side}_rules") or []:
            ports = "all" if rule["protocol"] == "icmp" or rule["ports"] == "0" else rule["ports"]
            for kind, members in rule[peers].items():
                for member in members or []:
                    peer = ip_network(member, strict=False) if kind == "addresses" else member
                    lines.add(f"{side} {rule['protocol']} {ports} {kind} {peer}")
    return lines


class Site(Account):
    """What makes a site what it should be, and what destroys it."""

    def converge(self) -> Json:
        """Make the groups in `only` what they should be; raise ApiError, with all reasons, before the first change."""
        self.read()
        machines = [machine for machine in self.machines if machine.group in self.want.only]
        balancer = next((b for b in self.here("load_balancers") if b["name"] == self.want.load_balancer), {})
        if machines:
            if reasons := [*problems(self, machines), *self._out_of_reach(balancer, machines)]:
                raise ApiError("\n".join(reasons))
            self._make(machines)
        return {"hosts": self._hosts(), "load_balancer": balancer}

    def _out_of_reach(self, balancer: Json, machines: list[Machine]) -> Sentences:
        new = any(machine.reserved and not machine.found for machine in machines)
        if new and balancer and (balancer["network"], balancer["vpc_uuid"]) != ("INTERNAL", self.vpc.get("id")):
            what = f"Load balancer {balancer['name']} is {balancer['network']}, in VPC {balancer['vpc_uuid']}"
            where = f"the VPC {self.want.vpc_name}" if self.want.vpc_name else "the default VPC"
            remedy = "Set do_vpc_name to the VPC of the cluster, and apply the overlay `digitalocean`."
            yield f"{what}: a new edge in {where} cannot reach it. {remedy}"

    def _make(self, machines: list[Machine]) -> None:
        if self.want.vpc_name and not self.vpc:
            body = {"name": self.want.vpc_name, "region": self.want.region, "description": self.mark}
            self.vpc = self.make("vpcs", f"VPC {self.want.vpc_name}", body)
        keys = [self._key(text)["id"] for text in self.keys.values()]
        for machine in machines:
            self._firewall(machine)
            for name in machine.names:
                self._droplet(machine, name, keys)
        for machine in machines:
            for droplet in machine.found.values():
                if not is_ready(droplet) and not self.check_mode:
                    droplet |= self.api.wait(f"/droplets/{droplet['id']}", is_ready)
            if machine.reserved and not machine.ip:
                self._reserve(machine)

    def _key(self, text: str) -> Json:
        same = (key for key in self.has["ssh_keys"] if key["public_key"].split()[:2] == text.split()[:2])
        body = {"name": self.want.site, "public_key": text}
        return next(same, None) or self.make("ssh_keys", f"ssh key {text}", body, "added")

    def _firewall(self, machine: Machine) -> None:
        tag, ssh = machine.tag, [str(ip_network(source, strict=False)) for source in self.want.ssh_from]
        inbound = [{"protocol": "tcp", "ports": "22", "sources": {"addresses": ssh}}, *machine.inbound]
        wanted = {"name": tag, "tags": [tag], "droplet_ids": [], "inbound_rules": inbound, "outbound_rules": OUTBOUND}
        for name in sorted({tag}.union(*(rule["sources"].get("tags") or [] for rule in inbound))):
            if not self.find("tags", name=name):
                self.make("tags", f"Tag {name}", {"name": name})
        here = self.find("firewalls", name=tag)
        old, new = firewall_lines(here), firewall_lines(wanted)
        if not here:
            lines = sorted(line for line in new if line.startswith("inbound"))
            self.make("firewalls", f"Firewall {tag}", wanted, f"made: {', '.join(lines)}")
        elif old != new:
            lines = [f"remove {line}" for line in sorted(old - new)] + [f"add {line}" for line in sorted(new - old)]
            self.change(f"Firewall {tag}", f"corrected: {', '.join(lines)}", "PUT", f"/firewalls/{here['id']}", wanted)

    def _droplet(self, machine: Machine, name: str, keys: list[int]) -> None:
        if here := machine.found.get(name):
            if here["locked"] and self._steps(machine, here) and not self.check_mode:
                # A run that was interrupted may have begun one of them.
                here |= self.api.wait(here["path"], lambda droplet: not droplet["locked"])
            for done, path, body in self._steps(machine, here):
                self.change(f"Droplet {name}", done, "POST", path, body)
            return
        size, image, region = machine.size, self.want.image, self.want.region
        body = {"name": name, "region": region, "size": size, "tags": [machine.tag], "ssh_keys": keys}
        body |= {"image": int(image) if image.isdigit() else image, "backups": machine.backups}
        body |= {"vpc_uuid": self.vpc["id"]} if self.vpc else {}
        machine.found[name] = self.make("droplets", f"Droplet {name}", body, f"made: {size}, {image}, {region}")

    def _steps(self, machine: Machine, droplet: Json) -> list[tuple[str, str, Json]]:
        """Return what a Droplet still needs, in this order: a sentence's words for it, and the call's path and body."""
        tag, size, actions = machine.tag, machine.size, f"{droplet['path']}/actions"
        resized, off = droplet["size_slug"] != size, droplet["status"] == "off"
        backups_missing = machine.backups and "backups" not in droplet["features"]
        resources = {"resources": [{"resource_id": str(droplet["id"]), "resource_type": "droplet"}]}
        steps: list[tuple[bool, str, str, Json]] = [
            (tag not in droplet["tags"], f"tagged {tag} again", f"/tags/{tag}/resources", resources),
            (resized and not off, "shut down", actions, {"type": "shutdown"}),
            # Without its disk, which can only grow.
            (resized, f"resized to {size}", actions, {"type": "resize", "size": size, "disk": False}),
            (resized or off, "switched on", actions, {"type": "power_on"}),
            (backups_missing, "given DigitalOcean's backups", actions, {"type": "enable_backups"}),
        ]
        return [(done, path, body) for needed, done, path, body in steps if needed]

    def _reserve(self, machine: Machine) -> None:
        name, droplet = machine.tag, machine.found[machine.tag]["id"]
        body = {"droplet_id": droplet}
        if ip := self.want.reserved_ip:
            path, what = f"/reserved_ips/{ip}/actions", f"Reserved IP {ip}"
            self.change(what, f"assigned to {name}", "POST", path, {"type": "assign"} | body)
        # For the Droplet, not for the region: so it is found by the Droplet even if this answer is lost.
        elif ip := self.make("reserved_ips", "A reserved IP", body, f"reserved for {name}").get("ip"):
            self.changes.append(f'The site is at {ip}. Write it down: site_reserved_ip: "{ip}"')
        if not self.check_mode:
            self.api.wait(f"/reserved_ips/{ip}", lambda ip: holder(ip) == droplet)
            machine.ip = ip

    def _hosts(self) -> list[Json]:
        # The API lists a reserved IP as another public address of its Droplet.
        reserved = {ip.get("ip") for ip in self.has["reserved_ips"]}
        return [
            {"name": droplet["name"], "group": machine.group, "id": droplet["id"], "vpc": droplet["vpc_uuid"]}
            | {"reserved_ip": machine.ip if machine.reserved else ""}
            | {v4["type"]: v4["ip_address"] for v4 in droplet["networks"]["v4"] if v4["ip_address"] not in reserved}
            for machine in self.machines
            for droplet in machine.found.values()
            if is_ready(droplet)
        ]

    def destroy(self) -> Json:
        """Remove what is the site's; return a sentence for each thing that is left, and each reason; raise ApiError."""
        self.read()
        doomed, odd = self._belongings({self.want.reserved_ip}), {tag for tag, _ in self._droplets(marks=1)}
        reasons: list[str] = []
        for kind, thing in doomed:
            # A Droplet that is left keeps its firewall, which hangs on the tag, and its VPC.
            if kind in ("firewalls", "tags", "vpcs") and (reasons or thing["name"] in odd or (odd and kind == "vpcs")):
                continue
            # The first DELETE of a reserved IP may only unassign it: github.com/digitalocean/godo/issues/487
            until = (lambda _: False) if kind in ("reserved_ips", "droplets") else None
            try:
                self.change(thing["title"], "removed", "DELETE", thing["path"], until=until)
                self.has[kind].remove(thing)
            except ApiError as error:
                reasons.append(str(error))
        if not self.check_mode:
            self.read()
        ips = {self.want.reserved_ip} | {thing["ip"] for kind, thing in doomed if kind == "reserved_ips"}
        left = [thing["title"] for _, thing in self._belongings(ips)]
        for tag, droplet in self._droplets(marks=1):
            left.append(f"{droplet['title']}, with the site's name or tag {tag} but not both,")
        if ips == {""} and not self.want.keep_reserved_ip:
            # An interrupted run may have destroyed its Droplet.
            idle = [ip["title"] for ip in self.here("reserved_ips") if not holder(ip)]
            left += [f"{ip}, which may be the site's (then name it in site_reserved_ip)," for ip in idle]
        return {"left": [f"{what} is left." for what in left] + reasons}

    def _droplets(self, marks: int) -> list[tuple[str, Json]]:
        """Return the Droplets that have one or both marks of a group, its name and its tag; each with that tag."""
        return [
            (m.tag, droplet)
            for m in self.machines
            for droplet in self.has["droplets"]
            if (m.tag in droplet["tags"]) + bool(re.fullmatch(rf"{re.escape(m.tag)}(-\d+)?", droplet["name"])) == marks
        ]

    def _belongings(self, ips: set[str]) -> list[tuple[str, Json]]:
        """Return what is the site's for sure, each with its kind. Of the reserved IPs without a Droplet, `ips` are."""
        keep, tags = self.want.keep_reserved_ip, [machine.tag for machine in self.machines]
        ids = [droplet["id"] for _, droplet in self._droplets(marks=2)]
        keys = [text.split()[:2] for text in self.keys.values() if text]
        ours: dict[str, Condition] = {
            "reserved_ips": lambda ip: not keep and (holder(ip) in ids if holder(ip) else ip["ip"] in ips),
            "droplets": lambda droplet: droplet["id"] in ids,
            "firewalls": lambda firewall: firewall["name"] in tags,
            "tags": lambda tag: tag["name"] in tags,
            "ssh_keys": lambda key: key["name"] == self.want.site and key["public_key"].split()[:2] in keys,
            "vpcs": lambda vpc: vpc.get("description") == self.mark,
        }
        return [(kind, thing) for kind, is_ours in ours.items() for thing in self.has[kind] if is_ours(thing)]
