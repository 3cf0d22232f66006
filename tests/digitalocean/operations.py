"""The calls of the API that the stand-in answers: one function each, found by method and path."""

import hashlib
import re
import uuid
from base64 import b64decode
from collections.abc import Callable
from ipaddress import ip_network

from tests.digitalocean.account import Account, RefusedError, now
from tests.digitalocean.catalogue import REGIONS, SIZES, Json, images, region, size

Operation = Callable[..., Json | None]
OPERATIONS: list[tuple[str, re.Pattern[str], int, Operation]] = []


def operation(method: str, path: str, status: int) -> Callable[[Operation], Operation]:
    """Register a call: its function gets the account, the query or body, and what stands in braces in the path."""
    pattern = re.compile("/v2" + re.sub(r"\{\w+\}", "([^/]+)", path))

    def register(function: Operation) -> Operation:
        OPERATIONS.append((method, pattern, status, function))
        return function

    return register


@operation("GET", "/account/keys", 200)
def keys_list(account: Account, _: Json) -> Json:
    return {"ssh_keys": account.ssh_keys}


@operation("POST", "/account/keys", 201)
def keys_create(account: Account, body: Json) -> Json:
    blob = b64decode(body["public_key"].split()[1])
    fingerprint = ":".join(re.findall("..", hashlib.md5(blob, usedforsecurity=False).hexdigest()))
    if any(key["fingerprint"] == fingerprint for key in account.ssh_keys):
        raise RefusedError(422, "SSH Key is already in use on your account")
    key = {"id": account.number(), "fingerprint": fingerprint, **body}
    account.ssh_keys.append(key)
    return {"ssh_key": key}


@operation("DELETE", "/account/keys/{id}", 204)
def keys_delete(account: Account, _: Json, identity: str) -> None:
    account.ssh_keys.remove(account.find("ssh_keys", id=int(identity)))


@operation("GET", "/tags/{name}", 200)
def tags_get(account: Account, _: Json, name: str) -> Json:
    return {"tag": account.find("tags", name=name)}


@operation("POST", "/tags", 201)
def tags_create(account: Account, body: Json) -> Json:
    return {"tag": account.ensure_tag(body["name"])}


@operation("GET", "/tags", 200)
def tags_list(account: Account, _: Json) -> Json:
    return {"tags": account.tags}


@operation("POST", "/tags/{name}/resources", 204)
def tags_assign(account: Account, body: Json, name: str) -> None:
    account.find("tags", name=name)
    for resource in body["resources"]:
        account.find("droplets", id=int(resource["resource_id"]))["tags"].append(name)


@operation("DELETE", "/tags/{name}", 204)
def tags_delete(account: Account, _: Json, name: str) -> None:
    """What had the tag has it no longer: Droplets, and the firewalls that hang on it."""
    account.tags.remove(account.find("tags", name=name))
    for thing in (*account.droplets, *account.firewalls):
        thing["tags"] = [tag for tag in thing["tags"] if tag != name]


@operation("GET", "/regions", 200)
def regions_list(_: Account, __: Json) -> Json:
    return {"regions": [region(slug) for slug in REGIONS]}


@operation("GET", "/sizes", 200)
def sizes_list(_: Account, __: Json) -> Json:
    return {"sizes": [size(slug) for slug in SIZES]}


@operation("GET", "/images", 200)
def images_list(_: Account, __: Json) -> Json:
    return {"images": images()}


@operation("GET", "/vpcs", 200)
def vpcs_list(account: Account, _: Json) -> Json:
    return {"vpcs": account.vpcs}


@operation("POST", "/vpcs", 201)
def vpcs_create(account: Account, body: Json) -> Json:
    return {"vpc": account.add_vpc(body["name"], body["region"], description=body.get("description", ""))}


@operation("DELETE", "/vpcs/{id}", 204)
def vpcs_delete(account: Account, _: Json, identity: str) -> None:
    vpc = account.find("vpcs", id=identity)
    if vpc["default"] or any(member == identity for member, _ in account.members):
        raise RefusedError(403, "Can not delete VPC with members")
    account.vpcs.remove(vpc)


@operation("GET", "/firewalls", 200)
def firewalls_list(account: Account, _: Json) -> Json:
    return {"firewalls": account.firewalls}


@operation("POST", "/firewalls", 202)
def firewalls_create(account: Account, body: Json) -> Json:
    if any(firewall["name"] == body["name"] for firewall in account.firewalls):
        raise RefusedError(422, "duplicate name")
    firewall = {"id": str(uuid.uuid4()), "created_at": now()} | _firewall(account, body)
    account.firewalls.append(firewall)
    return {"firewall": firewall}


@operation("PUT", "/firewalls/{id}", 200)
def firewalls_update(account: Account, body: Json, identity: str) -> Json:
    firewall = account.find("firewalls", id=identity)
    firewall |= _firewall(account, body)
    return {"firewall": firewall}


@operation("DELETE", "/firewalls/{id}", 204)
def firewalls_delete(account: Account, _: Json, identity: str) -> None:
    account.firewalls.remove(account.find("firewalls", id=identity))


def _firewall(account: Account, body: Json) -> Json:
    """Return a firewall as the API writes it: in an order of its own, and with "0" for all ports."""
    tags = body.get("tags") or []
    if missing := [tag for tag in tags if not any(known["name"] == tag for known in account.tags)]:
        raise RefusedError(422, f"tag {missing[0]} does not exist")
    firewall: Json = {"name": body["name"], "tags": tags, "droplet_ids": body.get("droplet_ids") or []}
    for side, peers in (("inbound_rules", "sources"), ("outbound_rules", "destinations")):
        firewall[side] = [
            {
                "protocol": rule["protocol"],
                "ports": "0" if rule["protocol"] == "icmp" or rule["ports"] == "all" else rule["ports"],
                peers: {kind: list(reversed(members)) for kind, members in rule[peers].items()},
            }
            for rule in reversed(body.get(side) or [])
        ]
        for address in (a for rule in firewall[side] for a in rule[peers].get("addresses", [])):
            try:
                ip_network(address)
            except ValueError:
                raise RefusedError(422, f"{address} is not a valid address") from None
    return firewall | {"status": "succeeded", "pending_changes": []}


@operation("GET", "/load_balancers", 200)
def load_balancers_list(account: Account, _: Json) -> Json:
    return {"load_balancers": account.load_balancers}
