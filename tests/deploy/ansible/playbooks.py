"""Ansible as an operator calls it, against the stand-in of DigitalOcean's API."""

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.deploy.ansible.module import KEY
from tests.digitalocean.server import StandIn
from tests.support.programs import ROOT, require

ANSIBLE = ROOT / "deploy/ansible"
SECRETS = {"METRICS_TOKEN": "a-metrics-token", "PROMETHEUS_PASSWORD": "a long password"}


@dataclass
class Outcome:
    """What a run of a playbook said and did, and how long it talked with the API."""

    code: int
    output: str
    calls: list[str]
    seconds: float

    @property
    def changed(self) -> int:
        """The number of changed tasks that the recap tells, over all hosts."""
        return sum(int(number) for number in re.findall(r"changed=(\d+)", self.output))

    @property
    def changes(self) -> list[str]:
        """The calls that could change something."""
        return [call for call in self.calls if not call.startswith("GET")]

    @property
    def words(self) -> str:
        """The output with every run of white space as one blank, so that sentences can be found in it."""
        return re.sub(r"\s+", " ", self.output)


@dataclass
class Operator:
    """Somebody with an ssh key, a folder and a token, who runs playbooks."""

    api: StandIn
    folder: Path
    token: str = ""
    variables: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=lambda: dict(SECRETS))

    def __post_init__(self) -> None:
        """Write the public key, and take the token that the API accepts."""
        self.token = self.token or self.api.token
        (self.folder / "id.pub").write_text(KEY)
        self.variables = {
            "do_api_url": self.api.url,
            "operator_cidrs": ["198.51.100.7/32"],
            "ssh_public_key_files": [f"{self.folder}/id.pub"],
            "ssh_known_hosts_file": f"{self.folder}/known_hosts",
            "droplet_inventory_file": f"{self.folder}/droplets.yml",
            "droplet_pause": 1,
        } | self.variables

    def play(self, playbook: str, *arguments: str, at: Path = ROOT, **variables: Any) -> Outcome:
        """Run a playbook of deploy/ansible. It may say no secret, and warn of nothing.

        From another directory than the root it runs without ansible.cfg and inventory, and is not warned of that.
        """
        before = len(self.api.calls)
        secrets = {"DIGITALOCEAN_TOKEN": self.token} | self.secrets
        silence = (
            {"ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false"} if at != ROOT else {}
        )
        command: list[str | Path] = [
            require("ansible-playbook"),
            ANSIBLE / playbook,
            "-e",
            json.dumps(self.variables | variables),
        ]
        finished = subprocess.run(
            [*command, *arguments],
            cwd=at,
            env=os.environ | silence | secrets | {"ANSIBLE_LOCAL_TEMP": f"{self.folder}/tmp"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        for name, secret in secrets.items():
            assert not secret or secret not in finished.stdout, name
        warnings = re.findall(r"\[(?:DEPRECATION )?WARNING\].*", finished.stdout)
        assert warnings == [], warnings
        assert self.api.complaints == [], self.api.complaints
        times = self.api.times[before:] or [0.0]
        return Outcome(finished.returncode, finished.stdout, self.api.calls[before:], times[-1] - times[0])
