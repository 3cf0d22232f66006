"""Every operator's key is on every Droplet, also on one that was made before."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from tests.deploy.ansible.module import KEY
from tests.support.programs import ROOT, require

OTHER = "ssh-ed25519 BBBB colleague"


def let_in(folder: Path, *files: Path) -> dict[str, Any]:
    """Run the role's task on this host, with a file of the test's for root's; return what the recap counts."""
    tasks = [{"ansible.builtin.include_role": {"name": "base", "tasks_from": "keys"}}]
    variables: dict[str, Any] = {"base_ssh_public_key_files": [str(file) for file in files]}
    variables["base_authorized_keys_file"] = str(folder / "authorized_keys")
    (folder / "play.yml").write_text(json.dumps([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
    environ = {
        "ANSIBLE_ROLES_PATH": str(ROOT / "deploy/ansible/roles"),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
    }
    done = subprocess.run(
        [require("ansible-playbook"), folder / "play.yml", "-e", json.dumps(variables)],
        env=os.environ | environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    counts: dict[str, Any] = json.loads(done.stdout)["stats"]["localhost"]
    return counts


def test_missing_keys_are_added_once_and_others_stay(tmp_path: Path) -> None:
    authorized, mine, other = (tmp_path / name for name in ("authorized_keys", "id.pub", "other.pub"))
    authorized.write_text("ssh-rsa CCCC made with the Droplet\n" + KEY + " under another comment\n")
    mine.write_text(KEY + "\n")
    other.write_text(OTHER + "\n")
    assert let_in(tmp_path, mine, other)["changed"] > 0
    assert authorized.read_text().splitlines() == ["ssh-rsa CCCC made with the Droplet", KEY, OTHER]
    assert let_in(tmp_path, mine, other)["changed"] == 0
