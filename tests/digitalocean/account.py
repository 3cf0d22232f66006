"""What a DigitalOcean account holds, as its API tells it: the state of the stand-in."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

REGIONS = ("fra1", "ams3", "nyc3")
SIZES = {"s-1vcpu-1gb": (1, 1024, 25), "s-1vcpu-2gb": (1, 2048, 50), "s-2vcpu-2gb": (2, 2048, 60)}
IMAGES = ("debian-12-x64", "debian-13-x64", "ubuntu-24-04-x64")


class RefusedError(Exception):
    """The API's answer to what it does not do: an HTTP status, its own id for that, and a sentence."""

    def __init__(self, status: int, message: str) -> None:
        names = {403: "forbidden", 404: "not_found", 422: "unprocessable_entity"}
        super().__init__(message)
        self.status, self.id, self.message = status, names[status], message


def now() -> str:
    """Return this moment as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def region(slug: str) -> Json:
    """Return the API's object for a region; raise RefusedError (422) when there is no such region."""
    if slug not in REGIONS:
        raise RefusedError(422, f"{slug} is not a valid region.")
    return {"name": slug, "slug": slug, "sizes": list(SIZES), "features": [], "available": True}


def size(slug: str) -> Json:
    """Return the API's object for a size of Droplets; raise RefusedError (422) when there is no such size."""
    if slug not in SIZES:
        raise RefusedError(422, "You specified an invalid size for Droplet creation.")
    vcpus, memory, disk = SIZES[slug]
    prices = {"price_monthly": 6.0, "price_hourly": 0.00893, "transfer": 1.0}
    hardware = {"vcpus": vcpus, "memory": memory, "disk": disk, "description": "Basic"}
    return {"slug": slug, "available": True, "regions": list(REGIONS), **hardware, **prices}


@dataclass
class Account:
    """Everything that the API can be asked for. Lists keep the order in which things were made."""

    droplets: list[Json] = field(default_factory=list)
    firewalls: list[Json] = field(default_factory=list)
    ssh_keys: list[Json] = field(default_factory=list)
    tags: list[Json] = field(default_factory=list)
    vpcs: list[Json] = field(default_factory=list)
    reserved_ips: list[Json] = field(default_factory=list)
    load_balancers: list[Json] = field(default_factory=list)
    actions: list[Json] = field(default_factory=list)
    last_number: int = field(default=100, compare=False)

    def __post_init__(self) -> None:
        """Give each region its default VPC."""
        for number, slug in enumerate(REGIONS):
            self.add_vpc(f"default-{slug}", slug, default=True, ip_range=f"10.{114 + number}.0.0/20")

    def number(self) -> int:
        """Return a number that nothing has yet."""
        self.last_number += 1
        return self.last_number

    def add_vpc(
        self, name: str, slug: str, *, default: bool = False, ip_range: str = "10.10.0.0/20", description: str = ""
    ) -> Json:
        """Make a VPC; the region must exist."""
        identity = str(uuid.uuid4())
        vpc = {"id": identity, "urn": f"do:vpc:{identity}", "name": name, "region": region(slug)["slug"]}
        vpc |= {"ip_range": ip_range, "default": default, "description": description, "created_at": now()}
        self.vpcs.append(vpc)
        return vpc

    def add_load_balancer(self, name: str, slug: str, ip: str, network: str = "INTERNAL") -> Json:
        """Put a load balancer there, as the cluster's cloud controller would."""
        vpc = next(v for v in self.vpcs if v["default"] and v["region"] == slug)
        rule = {"entry_protocol": "http", "entry_port": 80, "target_protocol": "http", "target_port": 30080}
        balancer: Json = {"id": str(uuid.uuid4()), "name": name, "ip": ip, "network": network, "status": "active"}
        balancer |= {"region": region(slug), "vpc_uuid": vpc["id"], "forwarding_rules": [rule], "type": "REGIONAL"}
        self.load_balancers.append(balancer)
        return balancer

    def add_reserved_ip(self, slug: str, droplet: Json | None = None) -> Json:
        """Reserve an IP in a region, assigned to `droplet` or to none; at most three, as by default there."""
        if len(self.reserved_ips) == 3:
            raise RefusedError(422, "You have reached the limit of reserved IPs for your account.")
        ip = f"203.0.113.{self.number()}"
        reserved = {"ip": ip, "region": region(slug), "droplet": droplet, "locked": False}
        reserved["project_id"] = str(uuid.uuid4())
        self.reserved_ips.append(reserved)
        return reserved

    def add_action(self, kind: str, resource: str, identity: int | None, slug: str) -> Json:
        """Start an action: in progress when it is answered, completed when it is looked at."""
        action = {"id": self.number(), "status": "in-progress", "type": kind, "started_at": now()}
        action |= {"completed_at": None, "resource_id": identity, "resource_type": resource}
        action |= {"region": region(slug), "region_slug": slug}
        self.actions.append(action)
        return dict(action)

    def ensure_tag(self, name: str) -> Json:
        """Return the tag of that name, made if need be."""
        for tag in self.tags:
            if tag["name"] == name:
                return tag
        self.tags.append({"name": name, "resources": {"count": 0}})
        return self.tags[-1]

    def find(self, what: str, **wanted: object) -> Json:
        """Return the one thing of a list whose fields are as wanted; raise RefusedError (404) when there is none."""
        for thing in getattr(self, what):
            if all(thing[key] == value for key, value in wanted.items()):
                found: Json = thing
                return found
        raise RefusedError(404, "The resource you were accessing could not be found.")
