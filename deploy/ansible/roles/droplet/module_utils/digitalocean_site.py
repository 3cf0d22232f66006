"""A site in an account, made what it should be."""

from __future__ import annotations

from ipaddress import ip_network

from ansible.module_utils.digitalocean_account import Account, holder, is_ready
from ansible.module_utils.digitalocean_api import ApiError

EVERYWHERE = {"addresses": ["0.0.0.0/0", "::/0"]}
OUTBOUND = [{"protocol": protocol, "ports": "all", "destinations": EVERYWHERE} for protocol in ("tcp", "udp", "icmp")]


def firewall_lines(firewall):
    """Return one line for each permission and each attachment of a firewall, sorted: equal lists mean equal firewalls.

    Grouping and order of rules say nothing. The API writes "0" for all ports, and an address may stand for its network.
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
    return sorted(lines)


class Site(Account):
    """What changes the account. `changes` says what was done, or would be in check mode."""

    def change(self, what, done, method, path, body=None, **how):
        """Make a call that changes something and return its answer; in check mode only note it and return {}."""
        answer = {} if self.check_mode else self.api.call(method, path, body, **how)
        self.changes.append(f"{what} {'would be' if self.check_mode else 'was'} {done}.")
        return answer

    def converge(self):
        """Make the groups in `only` what they should be; raises ApiError, with all reasons, before the first change."""
        self.read()
        machines = [machine for machine in self.machines if machine["group"] in self.only]
        if problems := list(self.problems(machines)) if machines else []:
            raise ApiError("\n".join(problems))
        if machines and self.vpc_name and not self.vpc:
            body = {"name": self.vpc_name, "region": self.region, "description": self.mark}
            self.vpc = self.change(f"VPC {self.vpc_name}", "made", "POST", "/vpcs", body).get("vpc")
        ids = [self._key(key, text) for key, text in self.keys.items()]
        for machine in machines:
            self._firewall(machine)
            for name in machine["names"]:
                self._droplet(machine, name, ids)
            if machine["reserved"] and not self.ip_of(machine):
                self._reserve(machine)

    def _key(self, key, text):
        for known in self.ssh_keys:
            if known["public_key"].split()[:2] == key.split():
                return known["id"]
        body = {"name": self.site, "public_key": text}
        return self.change(f"ssh key {text}", "added", "POST", "/account/keys", body).get("ssh_key", {}).get("id")

    def _firewall(self, machine):
        tag = machine["tag"]
        inbound = [{"protocol": "tcp", "ports": "22", "sources": {"addresses": self.ssh_from}}, *machine["inbound"]]
        wanted = {"name": tag, "tags": [tag], "droplet_ids": [], "inbound_rules": inbound, "outbound_rules": OUTBOUND}
        tags = {tag, *(name for rule in inbound for name in rule["sources"].get("tags") or [])}
        for name in sorted(tags - {known["name"] for known in self.tags}):
            self.change(f"Tag {name}", "made", "POST", "/tags", {"name": name})
            self.tags.append({"name": name})
        here = next((firewall for firewall in self.firewalls if firewall["name"] == tag), {})
        old, new = firewall_lines(here), firewall_lines(wanted)
        if not here:
            done = f"made: {', '.join(line for line in new if line.startswith('inbound'))}"
            self.change(f"Firewall {tag}", done, "POST", "/firewalls", wanted)
        elif old != new:
            lines = [f"remove {line}" for line in old if line not in new]
            lines += [f"add {line}" for line in new if line not in old]
            path = f"/firewalls/{here['id']}"
            self.change(f"Firewall {tag}", f"corrected: {', '.join(lines)}", "PUT", path, wanted)

    def _droplet(self, machine, name, keys):
        what, tag, size, here = f"Droplet {name}", machine["tag"], machine["size"], self.found.get(name)
        new = not here
        if new:
            image = int(self.image) if self.image.isdigit() else self.image
            body = {"name": name, "region": self.region, "size": size, "image": image, "tags": [tag], "ssh_keys": keys}
            body |= {"backups": machine["backups"]} | ({"vpc_uuid": self.vpc["id"]} if self.vpc else {})
            done = f"made: {size}, {image}, {self.region}"
            here = self.change(what, done, "POST", "/droplets", body).get("droplet")
        elif tag not in here["tags"]:
            body = {"resources": [{"resource_id": str(here["id"]), "resource_type": "droplet"}]}
            self.change(what, f"tagged {tag} again", "POST", f"/tags/{tag}/resources", body)
        if not here:
            return
        # Without its disk, which can only grow. Where a run was interrupted, the next one goes on.
        resized, off = here["size_slug"] != size, here["status"] == "off"
        if resized and not off:
            self._act(here, "shut down", type="shutdown")
        if resized:
            self._act(here, f"resized to {size}", type="resize", size=size, disk=False)
        if resized or off:
            self._act(here, "switched on", type="power_on")
        if machine["backups"] and not new and "backups" not in here["features"]:
            self._act(here, "given DigitalOcean's backups", type="enable_backups")
        if (resized or off or not is_ready(here)) and not self.check_mode:
            # A new one may be unknown for a moment, and an active one have no addresses yet:
            # github.com/digitalocean/terraform-provider-digitalocean/pull/1604
            path = f"/droplets/{here['id']}"
            here = self.api.call("GET", path, accept=(404,), until=lambda a: is_ready(a.get("droplet")))["droplet"]
        self.found[name] = here

    def _act(self, droplet, done, **action):
        path = f"/droplets/{droplet['id']}/actions"
        begun = self.change(f"Droplet {droplet['name']}", done, "POST", path, action).get("action")
        if begun:
            path += f"/{begun['id']}"
            ended = self.api.call("GET", path, until=lambda a: a["action"]["status"] != "in-progress")
            if ended["action"]["status"] != "completed":
                what = f"{action['type']} Droplet {droplet['name']} (action {begun['id']})"
                remedy = "see its history in the control panel, switch it on if it is off, and run the playbook again."
                raise ApiError(f"DigitalOcean could not {what}: {remedy}")

    def _reserve(self, machine):
        name, ip = machine["tag"], self.reserved_ip
        number = self.found.get(name, {}).get("id", 0)
        if ip:
            path, body = f"/reserved_ips/{ip}/actions", {"type": "assign", "droplet_id": number}
            self.change(f"Reserved IP {ip}", f"assigned to {name}", "POST", path, body)
        else:
            # For the Droplet, not for the region: so it is found by the Droplet even if this answer is lost.
            body = {"droplet_id": number}
            answer = self.change("A reserved IP", f"reserved for {name}", "POST", "/reserved_ips", body)
            ip = answer.get("reserved_ip", {}).get("ip")
            self.changes += [f'The site is at {ip}. Write it down: site_reserved_ip: "{ip}"'] if ip else []
        if not self.check_mode:
            answer = self.api.call("GET", f"/reserved_ips/{ip}", until=lambda a: holder(a["reserved_ip"]) == number)
            self.reserved_ips.append(answer["reserved_ip"])

    def hosts(self):
        """Return what Ansible is told of each Droplet that is ready."""
        return [
            {"name": droplet["name"], "group": machine["group"], "id": droplet["id"], "vpc": droplet["vpc_uuid"]}
            | {"reserved_ip": self.ip_of(machine) if machine["reserved"] else ""}
            | {v4["type"]: v4["ip_address"] for v4 in droplet["networks"]["v4"]}
            for machine in self.machines
            for droplet in self.group(machine)
            if is_ready(droplet)
        ]
