"""checkov finds nothing in any overlay, and each skipped check has its reason beside the resource."""

import json
import os
import re
import subprocess
from typing import Any

import pytest

from tests.deploy.k8s.manifests import Manifests, copy_of_deploy, render_all
from tests.support.programs import ROOT, require


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Manifests]:
    return render_all(copy_of_deploy(tmp_path_factory.mktemp("deploy")))


@pytest.fixture(scope="module")
def report(rendered: dict[str, Manifests], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("rendered")
    for name, manifests in rendered.items():
        (folder / f"{name}.yaml").write_text(manifests.text)
    checkov = require(str(ROOT / ".venv-checkov/bin/checkov"))
    options = ["--framework", "kubernetes", "--output", "json", "--skip-download", "--soft-fail"]
    done = subprocess.run(
        [checkov, "--directory", str(folder), *options],
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        check=True,
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_nothing_fails(report: dict[str, Any], rendered: dict[str, Manifests]) -> None:
    failed = report["results"]["failed_checks"]
    assert [(check["check_id"], check["resource"], check["file_path"]) for check in failed] == []
    assert report["summary"]["parsing_errors"] == 0
    # So many resources were looked at that none can have been passed over.
    assert report["summary"]["passed"] > 100 * len(rendered)


def test_every_skip_says_why(report: dict[str, Any], rendered: dict[str, Manifests]) -> None:
    skipped = {check["check_id"] for check in report["results"]["skipped_checks"]}
    assert skipped == {"CKV_K8S_11", "CKV_K8S_15", "CKV_K8S_35", "CKV_K8S_43"}
    for manifests in rendered.values():
        for resource in manifests.resources:
            for name, skip in resource["metadata"].get("annotations", {}).items():
                if name.startswith("checkov.io/"):
                    assert re.fullmatch(r"CKV2?_K8S_\d+=[A-Z].{30,}\.", skip), skip
