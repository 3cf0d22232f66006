"""What an account has of a site, and the calls that change it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from .digitalocean_api import Api, ApiError, Json

Sentences = Iterator[str]
# A group of equal Droplets: the module's suboptions, `tag`, `names`, what is `found` by name, and its `ip`.
Machine = SimpleNamespace

# The kinds of things that a site has, in the order in which they can be destroyed: path, identity, name in a sentence.
KINDS = {
    "reserved_ips": ("/reserved_ips", "ip", "Reserved IP {ip}"),
    "droplets": ("/droplets", "id", "Droplet {name} (id {id})"),
    "firewalls": ("/firewalls", "id", "Firewall {name}"),
    "tags": ("/tags", "name", "Tag {name}"),
    "ssh_keys": ("/account/keys", "id", "ssh key {name} (id {id})"),
    "vpcs": ("/vpcs", "id", "VPC {name}"),
    "load_balancers": ("/load_balancers", "id", "Load balancer {name}"),
}


def public_key(path: str) -> str:
    """Return the ssh public key in a file, "" if there is none."""
    try:
        text = Path(path).read_text().strip()
    except (OSError, ValueError):
        return ""
    return text if re.match(r"(ssh|ecdsa|sk)-\S+ \S+", text) else ""


def is_ready(droplet: Json) -> bool:
    """Return whether a Droplet is active and has a public and a private IPv4 address, which may come later."""
    # github.com/digitalocean/terraform-provider-digitalocean/pull/1604
    return droplet.get("status") == "active" and {v4["type"] for v4 in droplet["networks"]["v4"]} >= {
        "public",
        "private",
    }


def holder(ip: Json) -> int:
    """Return the id of the Droplet that has the reserved IP, 0 if none has."""
    return int((ip["droplet"] or {}).get("id", 0))


class Account:
    """The account as it is (`has`), the site as it is wanted (`want`, the module's parameters), and what was done."""

    def __init__(self, api: Api, params: Json, check_mode: bool) -> None:
        """Read the operators' keys; call nothing yet."""
        self.api, self.want, self.check_mode = api, SimpleNamespace(**params), check_mode
        self.changes: list[str] = []
        self.mark = f"Made by the playbook of {self.want.site}"
        self.keys = {path: public_key(path) for path in self.want.ssh_public_key_files}
        self.machines = [Machine(**machine) for machine in self.want.machines]
        for machine in self.machines:
            machine.tag = f"{self.want.site}-{machine.group}"
            machine.names = [machine.tag, *(f"{machine.tag}-{number}" for number in range(2, machine.count + 1))]

    def read(self) -> None:
        """Read the account's lists, and find each machine's Droplets and reserved IP; raise ApiError."""
        self.has: dict[str, list[Json]] = {}
        for kind, (path, identity, title) in KINDS.items():
            self.has[kind] = self.api.all(path, kind)
            for thing in self.has[kind]:
                thing |= {"path": f"{path}/{thing[identity]}", "title": title.format(**thing)}
        for ip in self.here("reserved_ips"):
            # On its way to a Droplet: ours, if a run was interrupted.
            if ip.get("locked") and not holder(ip):
                ip |= self.api.wait(ip["path"], lambda ip: not ip["locked"])
        # A region without any resource has no default VPC yet: its first Droplet makes it.
        mark = {"name": self.want.vpc_name} if self.want.vpc_name else {"default": True}
        self.vpc = self.find("vpcs", region=self.want.region, **mark)
        for machine in self.machines:
            machine.found = {d["name"]: d for d in self.here("droplets") if d["name"] in machine.names}
            ids = [droplet["id"] for droplet in machine.found.values()]
            machine.ip = next((ip["ip"] for ip in self.has["reserved_ips"] if holder(ip) in ids), "")

    def here(self, kind: str) -> list[Json]:
        """Return the things of a kind in the site's region; a global load balancer is in none."""
        return [thing for thing in self.has[kind] if (thing.get("region") or {}).get("slug") == self.want.region]

    def find(self, kind: str, **fields: object) -> Json:
        """Return the thing that has these fields, {} if there is none."""
        return next((thing for thing in self.has[kind] if thing | fields == thing), {})

    def change(self, what: str, done: str, method: str, path: str, body: Json | None = None, **how: Any) -> Json:
        """Make a call that changes something, and return its answer once its action ended; in check mode {}."""
        answer = {} if self.check_mode else self.api.call(method, path, body, **how)
        self.changes.append(f"{what} {'would be' if self.check_mode else 'was'} {done}.")
        if action := answer.get("action"):
            action = self.api.wait(f"{path}/{action['id']}", lambda action: action["status"] != "in-progress")
            if action["status"] != "completed":
                remedy = "see its history in the control panel, switch it on if it is off, and run the playbook again."
                raise ApiError(f"DigitalOcean could not {action['type']} {what} (action {action['id']}): {remedy}")
        return answer

    def make(self, kind: str, what: str, body: Json, done: str = "made") -> Json:
        """Make a thing and return it; in check mode return what would be ordered, with no id."""
        answer = self.change(what, done, "POST", KINDS[kind][0], body)
        thing: Json = answer.get(kind.removesuffix("s")) or {"id": None} | body
        self.has[kind].append(thing)
        return thing


def problems(site: Account, machines: list[Machine]) -> Sentences:
    """Yield a sentence for each reason why these machines cannot be made or changed."""
    for path in (path for path, text in site.keys.items() if not text):
        yield f"{path} is not an ssh public key: make one with `ssh-keygen`, or name yours in ssh_public_key_files."
    if not site.keys:
        yield "ssh_public_key_files is empty: no one could use ssh. Name the operators' public keys."
    try:
        lengths = [ip_network(source, strict=False).prefixlen for source in site.want.ssh_from]
    except ValueError:
        lengths = []
    if not lengths or min(lengths) < 8:
        example = 'for example ["203.0.113.7/32"]; a network wider than /8 is refused.'
        yield f"operator_cidrs is {site.want.ssh_from}: list the addresses from which you use ssh, {example}"
    for machine in machines:
        for droplet in site.has["droplets"]:
            yield from _of_droplet(site, machine, droplet)
        if machine.reserved:
            yield from _of_reserved_ip(site, machine)
    yield from _of_catalogue(site, machines)


def _of_droplet(site: Account, machine: Machine, droplet: Json) -> Sentences:
    want, name, status, group = site.want, droplet["name"], droplet["status"], machine.group
    what = f"Droplet {name} (id {droplet['id']}, in {droplet['region']['slug']})"
    if name not in machine.names:
        if machine.tag in droplet["tags"]:
            remedy = f"name it so, raise {group}_count, take the tag from it if it is another's, or destroy it."
            yield f"{what} has the tag {machine.tag}, but not the name {' or '.join(machine.names)}: {remedy}"
    elif droplet["region"]["slug"] != want.region:
        yield f"{what} is not in {want.region}: set do_region to where it is, or rename or destroy it."
    elif droplet is not machine.found[name]:
        yield f"{what} is one of two with that name: rename or destroy the one that is not the site's."
    elif status not in ("new", "active") and not (status == "off" and want.resize):
        yield f"{what} is {status}: switch it on, or destroy it and run the playbook again."
    elif want.vpc_name and droplet["vpc_uuid"] != site.vpc.get("id"):
        remedy = "A Droplet cannot move to another VPC: correct do_vpc_name, or destroy it and run again."
        yield f"{what} is in VPC {droplet['vpc_uuid']}, not in {want.vpc_name}. {remedy}"
    elif droplet["size_slug"] != machine.size and not want.resize:
        remedy = f"Changing it means a shutdown: run with `-e droplet_resize=true`, or set {group}_size back."
        yield f"{what} has size {droplet['size_slug']}, {group}_size is {machine.size}. {remedy}"


def _of_reserved_ip(site: Account, machine: Machine) -> Sentences:
    region, wanted, mine = site.want.region, site.want.reserved_ip, machine.ip
    entry, what = site.find("reserved_ips", ip=wanted), f"site_reserved_ip is {wanted},"
    idle = ", ".join(ip["ip"] for ip in site.here("reserved_ips") if not holder(ip))
    if not wanted and not mine and idle and not site.want.reserve_another:
        # One of them may be the site's old one, or belong to someone else: only its owner knows.
        remedy = "Write the site's into site_reserved_ip, or reserve another: `-e droplet_reserve_another=true`."
        yield f"{region} has reserved IPs that no Droplet uses: {idle}. {remedy}"
    elif not wanted or wanted == mine:
        return
    elif not entry:
        yield f"{what} which this account does not have."
    elif entry["region"]["slug"] != region:
        yield f"{what} which is in {entry['region']['slug']}, not in {region}."
    elif holder(entry):
        yield f"{what} which belongs to Droplet {entry['droplet']['name']}: take it away from there first."
    elif mine:
        yield f"{what} but {machine.tag} has {mine}: take that away from it first."


def _of_catalogue(site: Account, machines: list[Machine]) -> Sentences:
    region, image, catalogue = site.want.region, site.want.image, site.api.all
    changed = [m for m in machines if any(m.found.get(name, {}).get("size_slug") != m.size for name in m.names)]
    if not changed:
        return
    regions = sorted(region["slug"] for region in catalogue("/regions", "regions") if region["available"])
    if region not in regions:
        yield f"do_region is {region}: no such region is open. There are {', '.join(regions)}."
        return
    on_sale = sorted(catalogue("/sizes", "sizes"), key=lambda size: size["price_monthly"])
    sizes = [size["slug"] for size in on_sale if size["available"] and region in size["regions"]]
    for machine in changed:
        if machine.size not in sizes:
            cheapest = f"Cheapest are {', '.join(sizes[:6])}."
            yield f"{machine.group}_size is {machine.size}: {region} has no such size. {cheapest}"
    images = [image for image in catalogue("/images", "images") if region in image["regions"]]
    if not any(image in (known["slug"], str(known["id"])) for known in images):
        slugs = sorted(i["slug"] for i in images if i["slug"] and i["distribution"] in ("Debian", "Ubuntu"))
        yield f"do_image is {image}: {region} has no such image. There are {', '.join(slugs)}."
