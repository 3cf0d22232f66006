"""The recording rules and alerts, judged by promtool."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from dashboard.queries import PAGES, counter
from tests.support.exact_totals import exact_total, total_of_all_time
from tests.support.programs import ROOT, require

HERE = Path(__file__).parent
RULES = ROOT / "deploy/ansible/roles/prometheus/files/rules"
RECORDED = [
    rule
    for group in yaml.safe_load((RULES / "homercovilha.rules.yml").read_text())["groups"]
    for rule in group["rules"]
]
ALERTS = [
    rule
    for file in ("homercovilha.alerts.yml", "homercovilha.hosts.yml")
    for group in yaml.safe_load((RULES / file).read_text())["groups"]
    for rule in group["rules"]
]
FIRED = {
    expected["alertname"]
    for file in HERE.glob("*.test.yml")
    for case in yaml.safe_load(file.read_text())["tests"]
    for expected in case.get("alert_rule_test", [])
    if expected["exp_alerts"]
}


def run_tests(case: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run promtool's unit tests in `case` on the rules, both laid into `folder`."""
    for rules in RULES.glob("*.yml"):
        shutil.copy(rules, folder)
    shutil.copy(case, folder)
    command = [require("promtool"), "test", "rules", case.name]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("case", sorted(HERE.glob("*.test.yml")), ids=lambda case: case.name)
def test_rules_give_what_the_case_expects(case: Path, tmp_path: Path) -> None:
    finished = run_tests(case, tmp_path)
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_rules_are_valid_and_unique() -> None:
    command = [require("promtool"), "check", "rules", "--lint=all", "--lint-fatal"]
    finished = subprocess.run([*command, *map(str, RULES.glob("*.yml"))], capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stdout + finished.stderr


@pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert["alert"])
def test_every_alert_has_a_case_and_a_runbook(alert: dict[str, dict[str, str]]) -> None:
    name = alert["alert"]
    assert name in FIRED, f"No case in tests/deploy/prometheus/*.test.yml lets {name} fire."
    assert f"### {name}\n" in (ROOT / "docs/prometheus.md").read_text()
    assert alert["annotations"]["runbook"] == f"docs/prometheus.md#{str(name).lower()}"


@pytest.mark.parametrize("page", PAGES)
def test_rules_have_the_tested_formula(page: str) -> None:
    recorded = {rule["record"]: _one_line(rule["expr"]) for rule in RECORDED if rule.get("labels") == {"page": page}}
    assert recorded["page:requests:total"] == total_of_all_time(counter(page))
    for window in ("1h", "1d"):
        assert recorded[f"page:requests:increase{window}"] == exact_total(counter(page), window)


def test_docs_have_the_tested_formula() -> None:
    metrics = (ROOT / "docs/metrics.md").read_text()
    documented = [_one_line(block) for block in re.findall(r"```promql\n(.+?)```", metrics, re.DOTALL)]
    assert exact_total(counter("covilha"), "1h") in documented


def _one_line(expression: str) -> str:
    """Return the expression without the white space that only makes it readable."""
    return re.sub(r"(?<=\() | (?=\))", "", " ".join(expression.split()))
