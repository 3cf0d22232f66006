"""Runs of the project's own playbooks, as its users run them."""

import json
import os
import re
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.programs import ROOT, require

PLAYBOOKS = ROOT / "deploy/ansible"
# What check mode says of the standby is what it says of the other edge.
ONE_EDGE = "--limit=!homercovilha-standby"
RECAP = re.compile(r"^(\S+) +: ok=\d+ +changed=(\d+) +unreachable=(\d+) +failed=(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """What a run said; `changed` is the number of changed tasks of all hosts."""

    output: str
    code: int
    seconds: float

    @property
    def changed(self) -> int:
        return sum(int(line[1]) for line in RECAP.findall(self.output))

    @property
    def sentence(self) -> str:
        """The output with line breaks and indentation made spaces, to look for a sentence in."""
        return " ".join(self.output.split())


@dataclass(frozen=True)
class Operator:
    """Who runs playbooks, with an inventory, an ssh key, secrets in the environment, and variables of the site."""

    inventory: Path
    key: Path
    secrets: dict[str, str]
    variables: dict[str, Any]

    def run(self, playbook: str, *options: str, **variables: Any) -> Run:
        """Run a playbook of deploy/ansible with some more variables, and return what came of it."""
        home = self.inventory.parent
        known_hosts = {"ssh_known_hosts_file": str(home / "known_hosts")}
        command = [
            *(
                require("ansible-playbook"),
                str(PLAYBOOKS / playbook),
                f"--inventory={self.inventory}",
                f"--private-key={self.key}",
            ),
            *("--extra-vars", json.dumps(self.variables | known_hosts | variables), *options),
        ]
        # Each run has its own connections: one that begins ends those that it finds.
        ansible_home = tempfile.mkdtemp(prefix="ansible-", dir=home)
        environ = {**os.environ, "ANSIBLE_HOME": ansible_home, "ANSIBLE_NOCOLOR": "1", **self.secrets}
        began = time.monotonic()
        finished = subprocess.run(
            command,
            cwd=ROOT,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return Run(finished.stdout, finished.returncode, time.monotonic() - began)

    def succeed(self, playbook: str, *options: str, **variables: Any) -> Run:
        """Run a playbook; raises AssertionError when it fails, warns of something old or tells a secret."""
        done = self.run(playbook, *options, **variables)
        assert done.code == 0, done.output
        assert "DEPRECATION" not in done.output, done.output
        for secret in self.secrets.values():
            assert secret not in done.output
        return done
