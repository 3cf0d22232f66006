"""What a DigitalOcean account holds, as its API tells it: the state of the stand-in."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from tests.digitalocean.catalogue import REGIONS, Json, region


class Clock(Protocol):
    """What time it is: the module `time`, or time that a test lets pass."""

    def monotonic(self) -> float: ...


class RefusedError(Exception):
    """The API's answer to what it does not do: an HTTP status, its own id for that, and a sentence."""

    def __init__(self, status: int, message: str) -> None:
        names = {403: "forbidden", 404: "not_found", 422: "unprocessable_entity"}
        super().__init__(message)
        self.status, self.id, self.message = status, names[status], message


def now() -> str:
    """Return this moment as the API writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Delays:
    """How many seconds the cloud takes. All of it was met by others; none of it is in the API's description."""

    # A new Droplet's GET answers 404, and then it is `new`.
    unknown: float = 0
    boot: float = 0
    # It is active, and has no addresses yet: github.com/digitalocean/terraform-provider-digitalocean/pull/1604
    networks: float = 0
    # Another change is refused: github.com/digitalocean/terraform-provider-digitalocean/issues/1034
    event: float = 0
    # An action is in progress.
    action: float = 0
    # A VPC still has a destroyed Droplet: github.com/digitalocean/terraform-provider-digitalocean/issues/488
    membership: float = 0


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
    limit: int = 3
    clock: Clock = field(default=time, compare=False)
    delays: Delays = field(default_factory=Delays, compare=False)
    # The first DELETE of an assigned reserved IP only unassigns it: github.com/digitalocean/godo/issues/487
    release_twice: bool = field(default=False, compare=False)
    action_result: str = field(default="completed", compare=False)
    hidden: set[int] = field(default_factory=set, compare=False)
    busy: dict[int, float] = field(default_factory=dict, compare=False)
    members: list[tuple[str, int]] = field(default_factory=list, compare=False)
    due: list[tuple[float, Callable[[], object]]] = field(default_factory=list, compare=False)

    def __post_init__(self) -> None:
        """Give each region its default VPC."""
        for number, slug in enumerate(REGIONS):
            self.add_vpc(f"default-{slug}", slug, default=True, ip_range=f"10.{114 + number}.0.0/20")

    def later(self, seconds: float, happens: Callable[[], object]) -> None:
        """Let something happen in some seconds."""
        self.due.append((self.clock.monotonic() + seconds, happens))

    def settle(self) -> None:
        """Let happen what is due."""
        now = self.clock.monotonic()
        happening = [happens for when, happens in self.due if when <= now]
        self.due = [(when, happens) for when, happens in self.due if when > now]
        for happens in happening:
            happens()

    def engage(self, droplet: int, seconds: float) -> None:
        """Let an event begin on a Droplet; raise RefusedError (422) while there is another one."""
        if self.clock.monotonic() < self.busy.get(droplet, float("-inf")):
            raise RefusedError(422, "Droplet already has a pending event.")
        self.busy[droplet] = self.clock.monotonic() + seconds

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
        """Reserve an IP in a region, assigned to `droplet` or to none; at most as many as the account may have."""
        if len(self.reserved_ips) == self.limit:
            raise RefusedError(422, "You have reached the limit of reserved IPs for your account.")
        ip = f"203.0.113.{self.number()}"
        reserved = {"ip": ip, "region": region(slug), "droplet": droplet, "locked": False}
        reserved["project_id"] = str(uuid.uuid4())
        self.reserved_ips.append(reserved)
        return reserved

    def add_action(self, kind: str, resource: str, identity: int | None, slug: str) -> Json:
        """Start an action: in progress when it is answered, and completed as soon as `delays` allows."""
        action = {"id": self.number(), "status": "in-progress", "type": kind, "started_at": now()}
        action |= {"completed_at": None, "resource_id": identity, "resource_type": resource}
        action |= {"region": region(slug), "region_slug": slug}
        self.actions.append(action)
        self.later(self.delays.action, lambda: action.update(status=self.action_result, completed_at=now()))
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
