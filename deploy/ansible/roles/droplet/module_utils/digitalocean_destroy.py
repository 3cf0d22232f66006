"""A site that is removed from an account."""

from __future__ import annotations

import re

from ansible.module_utils.digitalocean_account import holder
from ansible.module_utils.digitalocean_api import ApiError
from ansible.module_utils.digitalocean_site import Site


class DoomedSite(Site):
    """A site that is to go."""

    def destroy(self):
        """Remove what is the site's; return a sentence for each thing that is left, and each reason."""
        self.read()
        list(self.read_keys())
        reasons, self.ips = [], {self.reserved_ip}
        belongings = list(self._belongings())
        for what, path in belongings:
            # A Droplet that is left keeps its firewall, which hangs on the tag.
            if not path or (reasons and path.startswith(("/firewalls", "/tags"))):
                continue
            # The first DELETE of a reserved IP may only unassign it: github.com/digitalocean/godo/issues/487
            once = not path.startswith(("/droplets", "/reserved_ips"))
            try:
                gone = {"accept": (404,), "until": lambda a, once=once: once or a.get("id") == "not_found"}
                self.change(what, "removed", "DELETE", path, **gone)
            except ApiError as error:
                reasons.append(str(error))
        if not self.check_mode:
            self.read()
            belongings = self._belongings()
        return [f"{what} is left." for what, path in belongings if not (path and self.check_mode)] + reasons

    def _belongings(self):
        """Yield name and path of what is the site's, in the order in which it can go; no path where it is not clear."""
        doubts = []
        for machine in self.machines:
            tag, named = machine["tag"], re.compile(rf"{re.escape(machine['tag'])}(-\d+)?").fullmatch
            related = [droplet for droplet in self.droplets if tag in droplet["tags"] or named(droplet["name"])]
            # With one mark only it may be another's: so it stays, with the firewall that guards it.
            odd = [droplet for droplet in related if not (tag in droplet["tags"] and named(droplet["name"]))]
            ours = [droplet["id"] for droplet in related if droplet not in odd]
            for ip in [] if self.keep_reserved_ip else self.reserved_ips:
                if holder(ip) in ours or (ip["ip"] in self.ips and not holder(ip)):
                    self.ips.add(ip["ip"])
                    yield f"Reserved IP {ip['ip']}", f"/reserved_ips/{ip['ip']}"
            for droplet in related:
                what, path = f"Droplet {droplet['name']} (id {droplet['id']})", f"/droplets/{droplet['id']}"
                yield (
                    (f"{what}, with the site's name or tag {tag} but not both,", "") if droplet in odd else (what, path)
                )
            things = [(f"Firewall {tag}", f"/firewalls/{wall['id']}") for wall in self.firewalls if wall["name"] == tag]
            things += [(f"Tag {tag}", f"/tags/{tag}") for known in self.tags if known["name"] == tag]
            yield from ((what, "" if odd else path) for what, path in things)
            doubts += odd
        for ip in self.reserved_ips if self.ips == {""} and not self.keep_reserved_ip else []:
            # An interrupted run may have destroyed its Droplet.
            if ip["region"]["slug"] == self.region and not holder(ip):
                yield f"Reserved IP {ip['ip']}, which may be the site's (then name it in site_reserved_ip),", ""
        for key in self.ssh_keys:
            if key["name"] == self.site and " ".join(key["public_key"].split()[:2]) in self.keys:
                yield f"ssh key {self.site} (id {key['id']})", f"/account/keys/{key['id']}"
        for vpc in self.vpcs:
            if vpc.get("description") == self.mark:
                yield f"VPC {vpc['name']}", "" if doubts else f"/vpcs/{vpc['id']}"
