"""What the role `prometheus` refuses before it changes anything on its host, with the sentence that says so."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.programs import ROOT, require

RIGHT = {
    "site_address": "203.0.113.10",
    "site_metrics_token": "a-token",
    "prometheus_password": "long enough for it",
}
CLUSTER = {"prometheus_discovery": "kubernetes", "prometheus_kubernetes_api": "https://192.0.2.1"}


def check(folder: Path, **variables: Any) -> str:
    """Run the role's own checks on this host, and return what Ansible said of a refusal, "" if there was none."""
    role = {"name": "prometheus", "tasks_from": "check"}
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [{"ansible.builtin.include_role": role}]}
    (folder / "play.yml").write_text(json.dumps([play]))
    facts = {"ansible_facts": {"architecture": "x86_64"}}
    done = subprocess.run(
        [require("ansible-playbook"), folder / "play.yml", "-e", json.dumps(facts | RIGHT | variables)],
        env=os.environ
        | {"ANSIBLE_ROLES_PATH": str(ROOT / "deploy/ansible/roles"), "ANSIBLE_LOCAL_TEMP": f"{folder}/tmp"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return re.sub(r"\s+", " ", done.stdout + done.stderr) if done.returncode else ""


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"site_address": ""}, "The site has no address: make its edge first"),
        ({"site_metrics_token": ""}, "environment variable METRICS_TOKEN"),
        ({"prometheus_password": "short"}, "prometheus_password has 5 characters. Give it 12 or more"),
        ({"prometheus_archive": "archive.tar.gz"}, "give its SHA-256 too, in prometheus_checksum"),
        (CLUSTER, "give the cluster's API in prometheus_kubernetes_api and a ServiceAccount's token"),
    ],
)
def test_invalid_values_are_refused(tmp_path: Path, wrong: dict[str, Any], sentence: str) -> None:
    assert sentence in check(tmp_path, **wrong)


@pytest.mark.parametrize("right", [{}, CLUSTER | {"site_address": "", "prometheus_kubernetes_token": "token"}])
def test_valid_values_are_accepted(tmp_path: Path, right: dict[str, Any]) -> None:
    assert check(tmp_path, **right) == ""
