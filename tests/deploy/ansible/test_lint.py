"""The playbooks and roles keep the rules of ansible-lint's production profile."""

import subprocess

import pytest

from tests.deploy.ansible.playbooks import ANSIBLE
from tests.support.programs import require

pytestmark = pytest.mark.long


def test_ansible_lint_finds_nothing() -> None:
    command = [require("ansible-lint"), "--offline", "--profile", "production", "--nocolor", "-q"]
    finished = subprocess.run(command, cwd=ANSIBLE, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr
