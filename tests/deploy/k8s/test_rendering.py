"""What is applied is what was reviewed: rendering has no surprises."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import kubernetes_validate
import pytest
import yaml

from tests.deploy.k8s.manifests import OVERLAYS, Manifests, copy_sources, render
from tests.support.programs import ROOT, require


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


def set_image(deploy: Path, name: str, tag: str) -> None:
    """Write the image's name and tag where docs/kubernetes.md says."""
    for component, line in (("image", f"newName: {name}"), ("version", f'newTag: "{tag}"')):
        file = deploy / f"components/{component}/kustomization.yaml"
        changed, number = re.subn(rf"{line.split()[0]} \S+", line, file.read_text())
        assert number == 1
        file.write_text(changed)


def test_a_new_tag_changes_only_the_version(changed: Path) -> None:
    before = render(changed / "overlays/digitalocean")
    version = changed / "components/version/kustomization.yaml"
    version.write_text(version.read_text().replace('newTag: "1.0.0"', 'newTag: "9.8.7"'))
    after = render(changed / "overlays/digitalocean")

    lines = zip(before.splitlines(), after.splitlines(), strict=True)
    new = [line.strip() for old, line in lines if line != old]
    images = [line for line in new if line.startswith(("image: ", "- image: ")) and line.endswith(":9.8.7")]
    labels = [line for line in new if line == "app.kubernetes.io/version: 9.8.7"]
    causes = [line for line in new if line == "kubernetes.io/change-cause: 9.8.7"]
    # Public and admin sites and the admin's two init containers; both Deployments and their pods; their revisions.
    assert (len(images), len(labels), len(causes), len(new)) == (4, 4, 2, 10), new


@pytest.mark.parametrize("name", ["localhost:5001/homercovilha", "ghcr.io/owner/homercovilha", "homercovilha"])
@pytest.mark.parametrize("tag", ["1.10", "2.0.0-rc1", "0123456"])
def test_every_registry_and_tag_makes_valid_labels(changed: Path, name: str, tag: str) -> None:
    set_image(changed, name, tag)
    manifests = Manifests.of(changed / "overlays/local")

    assert {container["image"] for _, container in manifests.containers()} == {f"{name}:{tag}"}
    for deployment in manifests.all("Deployment"):
        for metadata in (deployment["metadata"], deployment["spec"]["template"]["metadata"]):
            assert metadata["labels"]["app.kubernetes.io/version"] == tag
        assert deployment["metadata"]["annotations"]["kubernetes.io/change-cause"] == tag
        kubernetes_validate.validate(deployment, "1.31", strict=True)


def test_a_pinned_digest_keeps_the_version_label(changed: Path) -> None:
    document = (ROOT / "docs/kubernetes.md").read_text()
    ((component, neighbour),) = re.findall(r"\| pin the bytes \| in `components/(\w+)`, .* the `(\w+)`", document)
    digest = f"sha256:{'0123456789abcdef' * 4}"
    file = changed / f"components/{component}/kustomization.yaml"
    file.write_text(re.sub(rf"( +){neighbour}: \S+", rf"\g<0>\n\1digest: {digest}", file.read_text()))
    manifests = Manifests.of(changed / "overlays/local")

    assert all(container["image"].endswith(f"@{digest}") for _, container in manifests.containers())
    for deployment in manifests.all("Deployment"):
        assert deployment["spec"]["template"]["metadata"]["labels"]["app.kubernetes.io/version"] == "1.0.0"


@pytest.mark.parametrize("component", ["prometheus-discovery", "postgresql"])
@pytest.mark.parametrize("vpc", ["", "  - ../../components/vpc\n"], ids=["without", "behind it"])
def test_a_component_without_the_range_of_the_vpc_is_refused(changed: Path, component: str, vpc: str) -> None:
    overlay = changed / "overlays/digitalocean"
    kustomization = overlay / "kustomization.yaml"
    lines = f"  - ../../components/{component}\n{vpc}"
    kustomization.write_text(kustomization.read_text().replace("  - ../../components/vpc\n", lines))

    with pytest.raises(AssertionError, match=r"nothing selected by .*prometheus-queries"):
        render(overlay)


def test_the_tag_is_the_projects_version() -> None:
    (image,) = yaml.safe_load((ROOT / "deploy/k8s/components/version/kustomization.yaml").read_text())["images"]
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
@pytest.mark.parametrize("name", ["public.env", "admin.env", "superuser.env"])
def test_without_its_secrets_an_overlay_says_how_to_make_them(changed: Path, overlay: str, name: str) -> None:
    (changed / "overlays" / overlay / "made-by-make-secrets" / name).unlink()
    made = make_render(changed, overlay)
    assert (made.returncode, made.stdout) == (1, "")
    assert made.stderr == (
        f"deploy/k8s/overlays/{overlay}/made-by-make-secrets/{name} is not there. "
        "Write it with random values: make secrets\n"
    )
    # `kubectl apply -k` shows Kustomize's own error, in which the file's name is the remedy.
    with pytest.raises(AssertionError, match=f"lstat .*/made-by-make-secrets/{name}: no such file"):
        render(changed / "overlays" / overlay)


def test_make_render_needs_a_kubectl_and_no_development_environment(changed: Path) -> None:
    root = changed.parents[1]
    shutil.copy(ROOT / "Makefile", root)
    command = ["make", "--silent", "render", "OVERLAY=local"]
    environ = {**os.environ, "PATH": f"{Path(require('kubectl')).parent}:{os.environ['PATH']}"}
    made = subprocess.run(command, cwd=root, env=environ, capture_output=True, text=True, check=False)

    assert (made.returncode, made.stdout) == (0, render(changed / "overlays/local")), made.stderr
    assert not (root / ".venv").exists()


def test_an_unknown_overlay_is_refused_with_a_list_of_overlays(changed: Path) -> None:
    made = make_render(changed, "nowhere")
    assert made.returncode == 1
    assert made.stderr == (
        "There is no overlay 'nowhere'. Name one of them: "
        "make render OVERLAY=digitalocean-load-balancer|digitalocean|local\n"
    )
