"""The stand-in's calls for Droplets and for the reserved IPs that are assigned to them."""

from tests.digitalocean.account import IMAGES, Account, Json, RefusedError, now, region, size
from tests.digitalocean.operations import operation


@operation("GET", "/droplets", 200)
def droplets_list(account: Account, query: Json) -> Json:
    found = account.droplets
    if "tag_name" in query:
        found = [droplet for droplet in found if query["tag_name"] in droplet["tags"]]
    return {"droplets": found}


@operation("POST", "/droplets", 202)
def droplets_create(account: Account, body: Json) -> Json:
    if body["image"] not in IMAGES:
        raise RefusedError(422, "You specified an invalid image for Droplet creation.")
    if unknown := [key for key in body["ssh_keys"] if not any(known["id"] == key for known in account.ssh_keys)]:
        raise RefusedError(422, f"{unknown[0]} are invalid key identifiers for Droplet creation.")
    wanted, home = size(body["size"]), region(body["region"])
    default = account.find("vpcs", region=home["slug"], default=True)
    vpc = account.find("vpcs", id=body.get("vpc_uuid", default["id"]))
    number = account.number()
    for tag in body["tags"]:
        account.ensure_tag(tag)
    droplet: Json = {"id": number, "name": body["name"], "status": "new", "locked": True, "created_at": now()}
    droplet |= {key: wanted[key] for key in ("memory", "vcpus", "disk")} | {"size": wanted, "size_slug": wanted["slug"]}
    droplet |= {"features": [], "backup_ids": [], "snapshot_ids": [], "volume_ids": [], "next_backup_window": None}
    droplet |= {"image": {"id": 1, "slug": body["image"], "name": body["image"]}, "region": home}
    droplet |= {"tags": body["tags"], "vpc_uuid": vpc["id"], "networks": {"v4": [], "v6": []}}
    account.droplets.append(droplet)
    return {"droplet": dict(droplet), "links": {"actions": []}}


@operation("GET", "/droplets/{id}", 200)
def droplets_get(account: Account, _: Json, identity: str) -> Json:
    """A new Droplet is seen `new` and without addresses once; from then on it is active."""
    droplet = account.find("droplets", id=int(identity))
    seen = dict(droplet)
    if droplet["status"] == "new":
        number = droplet["id"] % 250
        public = {"type": "public", "ip_address": f"198.51.100.{number}", "gateway": "198.51.100.1"}
        private = {"type": "private", "ip_address": f"10.114.0.{number}", "gateway": "10.114.0.1"}
        networks = [private | {"netmask": "255.255.240.0"}, public | {"netmask": "255.255.255.0"}]
        droplet |= {"status": "active", "locked": False, "networks": {"v4": networks, "v6": []}}
    return {"droplet": seen}


@operation("DELETE", "/droplets/{id}", 204)
def droplets_delete(account: Account, _: Json, identity: str) -> None:
    """Destroying a Droplet leaves its reserved IP in the account, assigned to nothing."""
    droplet = account.find("droplets", id=int(identity))
    account.droplets.remove(droplet)
    for reserved in account.reserved_ips:
        if reserved["droplet"] is droplet:
            reserved["droplet"] = None


@operation("POST", "/droplets/{id}/actions", 201)
def droplet_actions_post(account: Account, body: Json, identity: str) -> Json:
    droplet = account.find("droplets", id=int(identity))
    match body["type"]:
        case "shutdown":
            droplet["status"] = "off"
        case "power_on":
            droplet["status"] = "active"
        case "resize":
            if droplet["status"] != "off":
                raise RefusedError(422, "Droplet must be powered off to be resized.")
            wanted = size(body["size"])
            droplet |= {"size": wanted, "size_slug": wanted["slug"]}
            droplet |= {key: wanted[key] for key in ("memory", "vcpus")}
        case other:
            raise RefusedError(422, f"{other} is no action of this stand-in.")
    return {"action": account.add_action(body["type"], "droplet", droplet["id"], droplet["region"]["slug"])}


@operation("GET", "/droplets/{id}/actions/{action}", 200)
def droplet_actions_get(account: Account, _: Json, __: str, action: str) -> Json:
    return {"action": _seen_action(account, int(action))}


@operation("GET", "/reserved_ips", 200)
def reserved_ips_list(account: Account, _: Json) -> Json:
    return {"reserved_ips": account.reserved_ips}


@operation("GET", "/reserved_ips/{ip}", 200)
def reserved_ips_get(account: Account, _: Json, ip: str) -> Json:
    return {"reserved_ip": account.find("reserved_ips", ip=ip)}


@operation("POST", "/reserved_ips", 202)
def reserved_ips_create(account: Account, body: Json) -> Json:
    if "region" in body:
        return {"reserved_ip": account.add_reserved_ip(body["region"]), "links": {}}
    droplet = account.find("droplets", id=body["droplet_id"])
    if any(reserved["droplet"] is droplet for reserved in account.reserved_ips):
        raise RefusedError(422, "The Droplet already has a reserved IP assigned.")
    reserved = account.add_reserved_ip(droplet["region"]["slug"], droplet)
    return {"reserved_ip": reserved | {"droplet": None}, "links": {}}


@operation("DELETE", "/reserved_ips/{ip}", 204)
def reserved_ips_delete(account: Account, _: Json, ip: str) -> None:
    account.reserved_ips.remove(account.find("reserved_ips", ip=ip))


@operation("POST", "/reserved_ips/{ip}/actions", 201)
def reserved_ip_actions_post(account: Account, body: Json, ip: str) -> Json:
    reserved = account.find("reserved_ips", ip=ip)
    slug = reserved["region"]["slug"]
    droplet = account.find("droplets", id=body["droplet_id"])
    if droplet["region"]["slug"] != slug:
        raise RefusedError(422, "The Droplet and the reserved IP are in different regions.")
    reserved["droplet"] = droplet
    return {"action": account.add_action("assign_ip", "reserved_ip", None, slug)}


def _seen_action(account: Account, number: int) -> Json:
    action = account.find("actions", id=number)
    action |= {"status": "completed", "completed_at": now()}
    return action
