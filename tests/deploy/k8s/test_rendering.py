"""What is applied is what was reviewed: rendering has no surprises."""

import difflib
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml

from tests.deploy.k8s.conftest import OVERLAYS, copy_sources
from tests.deploy.k8s.manifests import Manifests, render
from tests.programs import ROOT, require


@pytest.fixture
def changed(tmp_path: Path) -> Path:
    """Return a copy of deploy/k8s that a test may change."""
    copy_sources(tmp_path)
    return tmp_path / "deploy/k8s"


def make_render(deploy: Path, overlay: str) -> subprocess.CompletedProcess[str]:
    command = [str(deploy.parents[1] / "scripts/render"), require("kubectl"), overlay]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_rendering_twice_gives_the_same_bytes(manifests: Manifests, deploy: Path) -> None:
    assert render(deploy / "overlays" / manifests.overlay) == manifests.text


def test_a_new_tag_touches_the_images_and_the_version_labels_alone(changed: Path) -> None:
    before = render(changed / "overlays/digitalocean")
    image = changed / "components/image/kustomization.yaml"
    image.write_text(image.read_text().replace("newTag: 1.0.0", "newTag: 9.8.7"))
    after = render(changed / "overlays/digitalocean")

    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    new = [line[2:].strip() for line in lines if line.startswith("+ ")]
    images = [line for line in new if line.startswith(("image: ", "- image: ")) and line.endswith(":9.8.7")]
    labels = [line for line in new if line == "app.kubernetes.io/version: 9.8.7"]
    # Public and admin sites and the admin's two init containers; both Deployments and their pods.
    assert (len(images), len(labels), len(new)) == (4, 4, 8), new


def test_the_tag_is_the_projects_version() -> None:
    (image,) = yaml.safe_load((ROOT / "deploy/k8s/components/image/kustomization.yaml").read_text())["images"]
    assert image["newTag"] == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


def test_new_settings_and_secrets_restart_the_pods_that_have_them(changed: Path) -> None:
    def templates() -> dict[str, str]:
        pods = Manifests.of(changed / "overlays/local").pods()
        return {component: yaml.dump(template) for component, template in pods.items()}

    before = templates()
    secrets = changed / "overlays/local/made-by-make-secrets/public.env"
    secrets.write_text(secrets.read_text().replace("METRICS_TOKEN=", "METRICS_TOKEN=new"))
    after = templates()
    assert after["public"] != before["public"]
    assert after["admin"] == before["admin"]


@pytest.mark.parametrize("overlay", OVERLAYS)
@pytest.mark.parametrize("name", ["public.env", "admin.env"])
def test_without_its_secrets_an_overlay_says_how_to_make_them(changed: Path, overlay: str, name: str) -> None:
    (changed / "overlays" / overlay / "made-by-make-secrets" / name).unlink()
    made = make_render(changed, overlay)
    assert (made.returncode, made.stdout) == (1, "")
    assert made.stderr == (
        f"deploy/k8s/overlays/{overlay}/made-by-make-secrets/{name} is not there. "
        "Write it with random values: make secrets\n"
    )
    # Kustomize has an error of its own for `kubectl apply -k`: the file's name is the remedy in it.
    with pytest.raises(AssertionError, match=f"lstat .*/made-by-make-secrets/{name}: no such file"):
        render(changed / "overlays" / overlay)


def test_an_overlay_that_is_not_there_is_answered_with_those_that_are(changed: Path) -> None:
    made = make_render(changed, "nowhere")
    assert made.returncode == 1
    assert made.stderr == (
        "There is no overlay 'nowhere'. Name one of them: "
        "make render OVERLAY=digitalocean-load-balancer|digitalocean|local\n"
    )
