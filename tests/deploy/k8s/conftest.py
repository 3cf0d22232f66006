"""The overlays, rendered once from a copy that has its own secrets."""

import ast
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.k8s.manifests import EVERYTHING, OVERLAYS, Manifests, copy_of_deploy, render_all
from tests.support.programs import ROOT


@pytest.fixture(scope="session")
def deploy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of deploy/k8s with random secrets and one more overlay that uses every component."""
    return copy_of_deploy(tmp_path_factory.mktemp("deploy"))


@pytest.fixture(scope="session")
def rendered(deploy: Path) -> dict[str, Manifests]:
    return render_all(deploy)


@pytest.fixture(params=[*OVERLAYS, EVERYTHING])
def manifests(request: pytest.FixtureRequest, rendered: dict[str, Manifests]) -> Manifests:
    """Return each overlay in turn."""
    return rendered[request.param]


@dataclass(frozen=True)
class Gunicorn:
    """What gunicorn makes of the public pod's environment."""

    ports: list[int]
    graceful_timeout: int


@pytest.fixture(scope="session")
def gunicorn(rendered: dict[str, Manifests], tmp_path_factory: pytest.TempPathFactory) -> Gunicorn:
    environ = rendered["local"].environment("public")
    environ["PROMETHEUS_MULTIPROC_DIR"] = str(tmp_path_factory.mktemp("slots"))
    done = subprocess.run(
        [Path(sys.executable).with_name("gunicorn"), "--print-config"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **environ},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    settings: dict[str, Any] = {}
    for line in done.stdout.splitlines():
        name, _, value = line.partition(" = ")
        if name.strip() in {"bind", "graceful_timeout"}:
            settings[name.strip()] = ast.literal_eval(value)
    return Gunicorn([int(bind.rpartition(":")[2]) for bind in settings["bind"]], settings["graceful_timeout"])
