"""The overlays, rendered once from a copy that has its own secrets."""

import ast
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.deploy.k8s.manifests import Manifests
from tests.support.programs import ROOT

OVERLAYS = ["local", "digitalocean", "digitalocean-load-balancer"]
# The overlay `digitalocean` with every component that there is.
EVERYTHING = "everything"


@pytest.fixture(scope="session")
def deploy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of deploy/k8s with random secrets and one more overlay that uses every component."""
    root = tmp_path_factory.mktemp("deploy")
    copy_sources(root)
    deploy = root / "deploy/k8s"
    everything = deploy / "overlays" / EVERYTHING
    shutil.copytree(deploy / "overlays/digitalocean", everything)
    kustomization = everything / "kustomization.yaml"
    others = ["prometheus-discovery", "pod-monitor", "postgresql"]
    lines = "".join(f"  - ../../components/{name}\n" for name in ["vpc", *others])
    kustomization.write_text(kustomization.read_text().replace("  - ../../components/vpc\n", lines))
    with (everything / "made-by-make-secrets/admin.env").open("a") as secrets:
        secrets.write("DATABASE_URL=postgres://doadmin:secret@database:25060/defaultdb?sslmode=require\n")
    return deploy


def copy_sources(root: Path) -> None:
    """Copy into `root` what renders the overlays, without this machine's secrets, and make new ones."""
    shutil.copytree(ROOT / "deploy/k8s", root / "deploy/k8s", ignore=shutil.ignore_patterns("*.env"))
    shutil.copytree(ROOT / "scripts", root / "scripts")
    subprocess.run([root / "scripts/make-secrets"], check=True, capture_output=True)


@pytest.fixture(scope="session")
def rendered(deploy: Path) -> dict[str, Manifests]:
    return {name: Manifests.of(deploy / "overlays" / name) for name in [*OVERLAYS, EVERYTHING]}


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
