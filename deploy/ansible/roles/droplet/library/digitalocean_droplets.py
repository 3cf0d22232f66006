#!/usr/bin/python
"""Ansible's way to the Droplets of a site: its arguments and its result."""

from __future__ import annotations

from ansible.module_utils.basic import AnsibleModule, env_fallback
from ansible.module_utils.common.yaml import yaml_load
from ansible.module_utils.digitalocean_api import Api, ApiError
from ansible.module_utils.digitalocean_site import Site

DOCUMENTATION = r"""
module: digitalocean_droplets
short_description: The Droplets of a site, with VPC, ssh keys, firewalls, tags and reserved IP
description:
  - Finds what is there, reports all that speaks against a change before the first one, and makes the rest so.
  - Waits and retries as DigitalOcean's API needs it. A second run changes nothing.
author: The makers of homercovilha
options:
  state: {type: str, choices: [present, absent], default: present, description: Whether the site is made or destroyed}
  token: {type: str, default: "", description: The API token; best left to the environment variable DIGITALOCEAN_TOKEN}
  url: {type: str, default: "https://api.digitalocean.com/v2", description: Where the API is}
  site: {type: str, required: true, description: "Name of the ssh keys; other names are I(site)-I(group)"}
  region: {type: str, required: true, description: Slug of the region}
  vpc_name: {type: str, default: "", description: Name of the VPC; empty means the region's default}
  image: {type: str, default: debian-13-x64, description: Slug or id of the image of new Droplets}
  ssh_public_key_files: {type: list, elements: path, default: [], description: Public keys for the new Droplets}
  ssh_from: {type: list, elements: str, default: [], description: Addresses (CIDR) that may use ssh}
  only: {type: list, elements: str, default: [], description: Groups to make or correct; others are only looked for}
  machines:
    type: list
    elements: dict
    required: true
    description: The groups of Droplets
    suboptions:
      group: {type: str, required: true, description: Name of the group}
      count: {type: int, default: 1, description: How many Droplets it has}
      size: {type: str, required: true, description: Slug of their size}
      inbound: {type: list, elements: dict, default: [], description: "What may come in beside ssh, as the API's rules"}
      reserved: {type: bool, default: false, description: Whether one of them has the reserved IP}
      backups: {type: bool, default: false, description: Whether DigitalOcean makes backups of them}
  reserved_ip: {type: str, default: "", description: Which one; empty means the one in use or a new one}
  reserve_another: {type: bool, default: false, description: Reserve although the region has unused ones}
  keep_reserved_ip: {type: bool, default: false, description: Keep the reserved IP when the site is destroyed}
  resize: {type: bool, default: false, description: Shut Droplets down to change their size}
  load_balancer: {type: str, default: "", description: Name of the internal load balancer in front of the site}
  timeout: {type: int, default: 30, description: Seconds for one answer}
  pause: {type: int, default: 5, description: Seconds between two attempts}
  patience: {type: int, default: 300, description: Seconds to wait in total for one thing}
"""

EXAMPLES = r"""
- name: Find or make the edge
  digitalocean_droplets:
    site: homercovilha
    region: fra1
    ssh_public_key_files: [~/.ssh/id_ed25519.pub]
    ssh_from: [203.0.113.7/32]
    only: [edge]
    machines: [{group: edge, size: s-1vcpu-1gb, reserved: true}]
"""

RETURN = r"""
changes: {type: list, elements: str, returned: always, description: A sentence for each change}
hosts: {type: list, elements: dict, returned: success, description: Names and addresses of the Droplets that are ready}
load_balancer: {type: dict, returned: success, description: "The load balancer, empty if there is none"}
left: {type: list, elements: str, returned: success, description: What is left of a site that was destroyed}
"""


def main() -> None:
    """Make the site what it should be, or destroy it, and return what was done."""
    spec = yaml_load(DOCUMENTATION)["options"]
    spec["machines"]["options"] = spec["machines"].pop("suboptions")
    spec["token"] |= {"no_log": True, "fallback": (env_fallback, ["DIGITALOCEAN_TOKEN"])}
    module = AnsibleModule(spec, supports_check_mode=True)
    api = Api(*(module.params.pop(name) for name in ("url", "token", "timeout", "pause", "patience")))
    site = Site(api, module.params, module.check_mode)
    try:
        result: dict[str, object] = {"hosts": [], "load_balancer": {}, "left": []}
        result |= site.destroy() if module.params["state"] == "absent" else site.converge()
    except ApiError as error:
        module.fail_json(msg=str(error), changed=bool(site.changes), changes=site.changes)
    diff = {"before": "", "after": "".join(f"{change}\n" for change in site.changes)}
    module.exit_json(changed=bool(site.changes), changes=site.changes, diff=diff, **result)


if __name__ == "__main__":
    main()
