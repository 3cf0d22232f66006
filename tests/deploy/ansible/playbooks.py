"""Ansible as an operator calls it, against the stand-in of DigitalOcean's API."""

import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.digitalocean.server import StandIn
from tests.programs import ROOT, require

ANSIBLE = ROOT / "deploy/ansible"
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGV4YW1wbGVleGFtcGxlZXhhbXBsZWV4YW1wbGU= operator"


@dataclass
class Outcome:
    """What a run of a playbook said and did."""

    code: int
    output: str
    calls: list[str]

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

    def __post_init__(self) -> None:
        """Write the public key, and take the token that the API accepts."""
        self.token = self.token or self.api.token
        (self.folder / "id.pub").write_text(PUBLIC_KEY)
        self.variables = {
            "do_api_url": self.api.url,
            "operator_cidrs": ["198.51.100.7/32"],
            "ssh_public_key_file": f"{self.folder}/id.pub",
            "ssh_known_hosts_file": f"{self.folder}/known_hosts",
            "droplet_pause": 1,
        } | self.variables

    def play(
        self, playbook: str | Path, *arguments: str, token: str | None = None, at: Path = ANSIBLE, **variables: Any
    ) -> Outcome:
        """Run a playbook of deploy/ansible, or another by its path. It may say neither token nor warning.

        From another folder than deploy/ansible it runs without ansible.cfg and inventory, and is not warned of that.
        """
        before = len(self.api.calls)
        token = self.token if token is None else token
        configuration = {"ANSIBLE_CONFIG": str(ANSIBLE / "ansible.cfg"), "ANSIBLE_ROLES_PATH": str(ANSIBLE / "roles")}
        if at != ANSIBLE:
            configuration = {"ANSIBLE_LOCALHOST_WARNING": "false", "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false"}
        finished = subprocess.run(
            [require("ansible-playbook"), playbook, "-e", json.dumps(self.variables | variables), *arguments],
            cwd=at,
            env=os.environ | configuration | {"DIGITALOCEAN_TOKEN": token, "ANSIBLE_LOCAL_TEMP": f"{self.folder}/tmp"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert not token or token not in finished.stdout
        warnings = re.findall(r"\[(?:DEPRECATION )?WARNING\].*", finished.stdout)
        assert warnings == [], warnings
        assert self.api.complaints == [], self.api.complaints
        return Outcome(finished.returncode, finished.stdout, self.api.calls[before:])


def attempt(operator: Operator, cases: dict[str, dict[str, Any]]) -> tuple[dict[str, str], Outcome]:
    """Run tasks of the role `droplet`, a file with its own variables for each case, one after another.

    A case is {"case_tasks": name of the file, and the role's variables}. Returns for each case the sentence with
    which it stopped, "" if it did not; and the outcome of the whole run.
    """
    local = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    inventory = {"all": {"vars": local, "hosts": {"localhost": {}}, "children": {"cases": {"hosts": cases}}}}
    (operator.folder / "cases.yml").write_text(json.dumps(inventory))
    role = {"ansible.builtin.include_role": {"name": "droplet", "tasks_from": "{{ case_tasks }}"}}
    keep = {"ansible.builtin.set_fact": {"sentence": "{{ ansible_failed_result.msg }}"}}
    sentences = "groups.cases | map('extract', hostvars) | map(attribute='sentence', default='')"
    results = f"{{{{ dict(groups.cases | zip({sentences})) }}}}"
    written = {"content": results, "dest": f"{operator.folder}/results.json", "mode": "0600"}
    tries = {"hosts": "cases", "serial": 1, "gather_facts": False, "tasks": [{"block": [role], "rescue": [keep]}]}
    telling = {"hosts": "localhost", "gather_facts": False, "tasks": [{"ansible.builtin.copy": written}]}
    (operator.folder / "cases-playbook.yml").write_text(json.dumps([tries, telling]))
    outcome = operator.play(operator.folder / "cases-playbook.yml", "-i", f"{operator.folder}/cases.yml", "-vvv")
    assert outcome.code == 0, outcome.output
    found: dict[str, str] = json.loads((operator.folder / "results.json").read_text())
    return {case: re.sub(r"\s+", " ", sentence) for case, sentence in found.items()}, outcome
