"""The recording rules and alerts, judged by promtool."""

import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.programs import ROOT, require

HERE = Path(__file__).parent
RULES = ROOT / "deploy/ansible/roles/prometheus/files/rules"
ALERTS = [
    rule
    for group in yaml.safe_load((RULES / "homercovilha.alerts.yml").read_text())["groups"]
    for rule in group["rules"]
]


def run_tests(case: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run promtool's unit tests in `case` on the rules, both laid into `folder`."""
    for rules in RULES.glob("*.yml"):
        shutil.copy(rules, folder)
    shutil.copy(case, folder)
    command = [require("promtool"), "test", "rules", case.name]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("case", sorted(HERE.glob("*.test.yml")), ids=lambda case: case.name)
def test_rules_say_what_the_case_expects(case: Path, tmp_path: Path) -> None:
    finished = run_tests(case, tmp_path)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_rules_are_valid_and_none_is_there_twice() -> None:
    command = [require("promtool"), "check", "rules", "--lint=all", "--lint-fatal"]
    finished = subprocess.run([*command, *map(str, RULES.glob("*.yml"))], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_alert_has_a_case_and_a_runbook(alert: dict[str, dict[str, str]]) -> None:
    name = alert["alert"]
    cases = yaml.safe_load((HERE / "alerts.test.yml").read_text())["tests"]
    fired = {expected["alertname"] for case in cases for expected in case["alert_rule_test"] if expected["exp_alerts"]}
    assert name in fired, f"tests/deploy/prometheus/alerts.test.yml never lets {name} fire."
    assert f"### {name}\n" in (ROOT / "docs/prometheus.md").read_text()
    assert alert["annotations"]["runbook"] == f"docs/prometheus.md#{str(name).lower()}"
