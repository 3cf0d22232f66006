"""What an account has of a site, and what speaks against a change: told before anything is bought."""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path

from ansible.module_utils.digitalocean_api import ApiError

LISTS = ("vpcs", "ssh_keys", "tags", "firewalls", "droplets", "reserved_ips", "load_balancers")


def is_ready(droplet):
    """Return whether there is a Droplet, active, and with a public and a private IPv4 address."""
    kinds = {v4["type"] for v4 in droplet["networks"]["v4"]} if droplet else set()
    return kinds >= {"public", "private"} and droplet["status"] == "active"


def holder(ip):
    """Return the id of the Droplet that has the reserved IP, 0 if none has."""
    return (ip["droplet"] or {}).get("id", 0)


class Account:
    """The account as it is: its lists, and of the site `keys` by their material and `found`, the Droplets by name."""

    def __init__(self, api, params, check_mode):
        """Make `params`, the module's, attributes; nothing is called."""
        self.__dict__.update(params)
        self.api, self.check_mode, self.changes, self.keys = api, check_mode, [], {}
        self.mark = f"Made by the playbook of {self.site}"
        for machine in self.machines:
            tag = machine["tag"] = f"{self.site}-{machine['group']}"
            machine["names"] = [tag, *(f"{tag}-{number}" for number in range(2, machine["count"] + 1))]

    def read(self):
        """Read the account's lists; raises ApiError."""
        if not re.fullmatch(r"[!-~]+", self.api.token):
            where = "cloud.digitalocean.com/account/api/tokens (docs/droplets.md lists its scopes)"
            raise ApiError(
                f"No API token: make one at {where} and put it into the environment variable DIGITALOCEAN_TOKEN."
            )
        for key in LISTS:
            setattr(self, key, self.api.all("/account/keys" if key == "ssh_keys" else f"/{key}", key))
        for ip in self.reserved_ips:
            # On its way to a Droplet: ours, if a run was interrupted.
            if ip.get("locked") and not holder(ip) and ip["region"]["slug"] == self.region:
                path = f"/reserved_ips/{ip['ip']}"
                ip |= self.api.call("GET", path, until=lambda a: not a["reserved_ip"]["locked"])["reserved_ip"]
        names = [name for machine in self.machines for name in machine["names"]]
        here = [droplet for droplet in self.droplets if droplet["region"]["slug"] == self.region]
        self.found = {droplet["name"]: droplet for droplet in here if droplet["name"] in names}
        # A region without any resource has no default VPC yet: its first Droplet makes it.
        mark = {"region": self.region} | ({"name": self.vpc_name} if self.vpc_name else {"default": True})
        self.vpc = next((vpc for vpc in self.vpcs if vpc | mark == vpc), None)

    def group(self, machine):
        """Return the Droplets of a group that are there."""
        return [self.found[name] for name in machine["names"] if name in self.found]

    def ip_of(self, machine):
        """Return the reserved IP that a Droplet of the group has, "" if none has."""
        ids = [droplet["id"] for droplet in self.group(machine)]
        return next((ip["ip"] for ip in self.reserved_ips if holder(ip) in ids), "")

    def read_keys(self):
        """Read the operators' keys; yield a sentence for each file that has none."""
        for path in self.ssh_public_key_files:
            try:
                text = Path(path).read_text().strip()
            except (OSError, ValueError):
                text = ""
            if key := re.match(r"(?:ssh|ecdsa|sk)-\S+ \S+", text):
                self.keys[key[0]] = text
            else:
                yield f"{path} is no ssh public key: make one with `ssh-keygen`, or name yours in ssh_public_key_files."

    def problems(self, machines):
        """Yield a sentence for each reason why these machines cannot be made or changed."""
        yield from self.read_keys()
        if not self.ssh_public_key_files:
            yield "ssh_public_key_files is empty: nobody could use ssh. Name the operators' public keys."
        try:
            networks = [ip_network(source, strict=False) for source in self.ssh_from]
        except ValueError:
            networks = []
        if not networks or any(network.prefixlen < 8 for network in networks):
            example = '["203.0.113.7/32"]; a network wider than /8 is refused.'
            yield f"operator_cidrs is {self.ssh_from}: list the addresses from which you use ssh, for example {example}"
        self.ssh_from = [str(network) for network in networks]
        for machine in machines:
            yield from self._droplet_problems(machine)
            if machine["reserved"]:
                yield from self._reserved_ip_problems(machine)
        sizes = {name: droplet["size_slug"] for name, droplet in self.found.items()}
        wanted = {m["group"]: m["size"] for m in machines for name in m["names"] if sizes.get(name) != m["size"]}
        if wanted:
            yield from self._catalogue_problems(wanted)

    def _droplet_problems(self, machine):
        tag, names, variable = machine["tag"], machine["names"], f"{machine['group']}_size"
        for droplet in self.droplets:
            name, status, size, region = (
                *(droplet[key] for key in ("name", "status", "size_slug")),
                droplet["region"]["slug"],
            )
            what = f"Droplet {name} (id {droplet['id']}, in {region})"
            if name not in names:
                if tag in droplet["tags"]:
                    remedy = f"raise {machine['group']}_count, take the tag from it if it is another's, or destroy it."
                    yield f"{what} has the tag {tag}, but not the name {' or '.join(names)}: name it so, {remedy}"
            elif region != self.region:
                yield f"{what} is not in {self.region}: set do_region to where it is, or rename or destroy it."
            elif droplet is not self.found[name]:
                yield f"{what} is one of two with that name: rename or destroy the one that is not the site's."
            elif status not in ("new", "active") and not (status == "off" and self.resize):
                yield f"{what} is {status}: switch it on, or destroy it and run the playbook again."
            elif self.vpc_name and droplet["vpc_uuid"] != (self.vpc or {}).get("id"):
                remedy = "A Droplet cannot move to another VPC: correct do_vpc_name, or destroy it and run again."
                yield f"{what} is in VPC {droplet['vpc_uuid']}, not in {self.vpc_name}. {remedy}"
            elif size != machine["size"] and not self.resize:
                remedy = f"To change it, it is shut down: say `-e droplet_resize=true`, or set {variable} back."
                yield f"{what} has size {size}, {variable} is {machine['size']}. {remedy}"

    def _reserved_ip_problems(self, machine):
        wanted, mine = self.reserved_ip, self.ip_of(machine)
        here = [ip for ip in self.reserved_ips if ip["region"]["slug"] == self.region]
        entry = next((ip for ip in self.reserved_ips if ip["ip"] == wanted), None)
        what = f"site_reserved_ip is {wanted},"
        idle = ", ".join(ip["ip"] for ip in here if not holder(ip))
        if not wanted and not mine and idle and not self.reserve_another:
            # One of them may be the site's old one, or somebody else's: only its owner knows.
            remedy = "Write the site's into site_reserved_ip, or reserve another: `-e droplet_reserve_another=true`."
            yield f"{self.region} has reserved IPs that no Droplet uses: {idle}. {remedy}"
        elif not wanted or wanted == mine:
            return
        elif not entry:
            yield f"{what} which this account does not have."
        elif entry not in here:
            yield f"{what} which is in {entry['region']['slug']}, not in {self.region}."
        elif holder(entry):
            yield f"{what} which belongs to Droplet {entry['droplet']['name']}: take it away from there first."
        elif mine:
            yield f"{what} but {machine['tag']} has {mine}: take that away from it first."

    def _catalogue_problems(self, wanted):
        regions = sorted(region["slug"] for region in self.api.all("/regions", "regions") if region["available"])
        if self.region not in regions:
            yield f"do_region is {self.region}: no such region is open. There are {', '.join(regions)}."
            return
        sizes = sorted(self.api.all("/sizes", "sizes"), key=lambda size: size["price_monthly"])
        sizes = [size["slug"] for size in sizes if size["available"] and self.region in size["regions"]]
        for group, size in wanted.items():
            if size not in sizes:
                yield f"{group}_size is {size}: {self.region} has no such size. Cheapest are {', '.join(sizes[:6])}."
        images = [image for image in self.api.all("/images", "images") if self.region in image["regions"]]
        if not any(self.image in (image["slug"], str(image["id"])) for image in images):
            slugs = [
                image["slug"] for image in images if image["slug"] and image["distribution"] in ("Debian", "Ubuntu")
            ]
            yield f"do_image is {self.image}: {self.region} has no such image. There are {', '.join(sorted(slugs))}."
