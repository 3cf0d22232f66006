"""The stand-in's calls for Droplets and for the reserved IPs that are assigned to them."""

from tests.digitalocean.account import Account, RefusedError, now
from tests.digitalocean.catalogue import Json, images, region, size, sold
from tests.digitalocean.operations import operation


@operation("GET", "/droplets", 200)
def droplets_list(account: Account, query: Json) -> Json:
    found = account.droplets
    if "tag_name" in query:
        found = [droplet for droplet in found if query["tag_name"] in droplet["tags"]]
    return {"droplets": found}


@operation("POST", "/droplets", 202)
def droplets_create(account: Account, body: Json) -> Json:
    image = next((image for image in images() if body["image"] in (image["slug"], image["id"])), None)
    if image is None:
        raise RefusedError(422, "You specified an invalid image for Droplet creation.")
    if unknown := [key for key in body["ssh_keys"] if not any(known["id"] == key for known in account.ssh_keys)]:
        raise RefusedError(422, f"{unknown[0]} are invalid key identifiers for Droplet creation.")
    if not sold(body["size"], body["region"]):
        raise RefusedError(422, "You specified an invalid size for Droplet creation.")
    wanted, home = size(body["size"]), region(body["region"])
    default = account.find("vpcs", region=home["slug"], default=True)
    vpc = account.find("vpcs", id=body.get("vpc_uuid", default["id"]))
    number = account.number()
    for tag in body["tags"]:
        account.ensure_tag(tag)
    droplet: Json = {"id": number, "name": body["name"], "status": "new", "locked": True, "created_at": now()}
    droplet |= {key: wanted[key] for key in ("memory", "vcpus", "disk")} | {"size": wanted, "size_slug": wanted["slug"]}
    droplet |= {"features": ["backups"] if body.get("backups") else [], "backup_ids": [], "snapshot_ids": []}
    droplet |= {"image": image, "region": home, "volume_ids": [], "next_backup_window": None}
    droplet |= {"tags": list(body["tags"]), "vpc_uuid": vpc["id"], "networks": {"v4": [], "v6": []}}
    account.droplets.append(droplet)
    account.members.append((vpc["id"], number))
    delays = account.delays
    account.hidden.add(number)
    account.later(delays.unknown, lambda: account.hidden.discard(number))
    account.later(delays.unknown + delays.boot, lambda: droplet.update(status="active", locked=False))
    account.later(delays.unknown + delays.boot + delays.networks, lambda: droplet.update(networks=networks(number)))
    account.engage(number, delays.event)
    return {"droplet": dict(droplet), "links": {"actions": []}}


def networks(number: int) -> Json:
    """Return a Droplet's addresses as the API writes them."""
    private = {"type": "private", "ip_address": f"10.114.0.{number % 250}", "gateway": "10.114.0.1"}
    public = {"type": "public", "ip_address": f"198.51.100.{number % 250}", "gateway": "198.51.100.1"}
    return {"v4": [private | {"netmask": "255.255.240.0"}, public | {"netmask": "255.255.255.0"}], "v6": []}


@operation("GET", "/droplets/{id}", 200)
def droplets_get(account: Account, _: Json, identity: str) -> Json:
    if int(identity) in account.hidden:
        raise RefusedError(404, "The resource you were accessing could not be found.")
    return {"droplet": account.find("droplets", id=int(identity))}


@operation("DELETE", "/droplets/{id}", 204)
def droplets_delete(account: Account, _: Json, identity: str) -> None:
    """The reserved IP stays in the account, assigned to nothing, and the Droplet in its VPC for a while."""
    droplet = account.find("droplets", id=int(identity))
    account.engage(droplet["id"], 0)
    account.droplets.remove(droplet)
    for reserved in account.reserved_ips:
        if reserved["droplet"] is droplet:
            reserved["droplet"] = None
    member = (droplet["vpc_uuid"], droplet["id"])
    account.later(account.delays.membership, lambda: account.members.remove(member))


@operation("POST", "/droplets/{id}/actions", 201)
def droplet_actions_post(account: Account, body: Json, identity: str) -> Json:
    droplet = account.find("droplets", id=int(identity))
    off = droplet["status"] == "off"
    match body["type"]:
        case "shutdown" if not off:
            result: Json = {"status": "off"}
        case "power_on" if off:
            result = {"status": "active"}
        case "resize" if off and sold(body["size"], droplet["region"]["slug"]):
            result = {"size": size(body["size"]), "size_slug": body["size"]}
        case "enable_backups" if "backups" not in droplet["features"]:
            result = {"features": ["backups"]}
        case other:
            raise RefusedError(422, f"The Droplet is {droplet['status']}: {other} is not possible.")
    account.engage(droplet["id"], account.delays.action)
    droplet["locked"] = True
    account.later(account.delays.action, lambda: droplet.update(result, locked=False))
    return {"action": account.add_action(body["type"], "droplet", droplet["id"], droplet["region"]["slug"])}


@operation("GET", "/droplets/{id}/actions/{action}", 200)
def droplet_actions_get(account: Account, _: Json, __: str, action: str) -> Json:
    return {"action": account.find("actions", id=int(action))}


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
    account.engage(droplet["id"], account.delays.action)
    reserved = account.add_reserved_ip(droplet["region"]["slug"])
    reserved["locked"] = True
    account.later(account.delays.action, lambda: reserved.update(droplet=droplet, locked=False))
    return {"reserved_ip": dict(reserved), "links": {}}


@operation("DELETE", "/reserved_ips/{ip}", 204)
def reserved_ips_delete(account: Account, _: Json, ip: str) -> None:
    reserved = account.find("reserved_ips", ip=ip)
    if reserved["droplet"]:
        account.engage(reserved["droplet"]["id"], account.delays.event)
    if reserved["droplet"] and account.release_twice:
        reserved["droplet"] = None
    else:
        account.reserved_ips.remove(reserved)


@operation("POST", "/reserved_ips/{ip}/actions", 201)
def reserved_ip_actions_post(account: Account, body: Json, ip: str) -> Json:
    reserved = account.find("reserved_ips", ip=ip)
    slug = reserved["region"]["slug"]
    droplet = account.find("droplets", id=body["droplet_id"])
    if droplet["region"]["slug"] != slug:
        raise RefusedError(422, "The Droplet and the reserved IP are in different regions.")
    account.engage(droplet["id"], account.delays.action)
    reserved["locked"] = True
    account.later(account.delays.action, lambda: reserved.update(droplet=droplet, locked=False))
    return {"action": account.add_action("assign_ip", "reserved_ip", None, slug)}


@operation("GET", "/reserved_ips/{ip}/actions/{action}", 200)
def reserved_ip_actions_get(account: Account, _: Json, __: str, action: str) -> Json:
    return {"action": account.find("actions", id=int(action))}
