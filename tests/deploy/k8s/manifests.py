"""The resources that `kubectl kustomize` renders from an overlay, for tests."""

import base64
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.support.programs import ROOT, require

Resource = dict[str, Any]
COMPONENT = "app.kubernetes.io/component"
OVERLAYS = ["local", "digitalocean", "digitalocean-load-balancer"]
# The overlay `digitalocean` with every component that there is.
EVERYTHING = "everything"


def copy_of_deploy(root: Path) -> Path:
    """Copy deploy/k8s into `root` with random secrets and the overlay EVERYTHING; return the copy."""
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


def render_all(deploy: Path) -> dict[str, "Manifests"]:
    """Return all overlays of a copy of deploy/k8s, by their names."""
    return {name: Manifests.of(deploy / "overlays" / name) for name in [*OVERLAYS, EVERYTHING]}


def render(overlay: Path) -> str:
    """Return the overlay as YAML; raises AssertionError with kubectl's own words where it cannot be rendered."""
    done = subprocess.run([require("kubectl"), "kustomize", str(overlay)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@dataclass(frozen=True)
class Manifests:
    """The resources of one rendered overlay."""

    overlay: str
    text: str
    resources: list[Resource]

    @classmethod
    def of(cls, overlay: Path) -> "Manifests":
        text = render(overlay)
        return cls(overlay.name, text, list(yaml.load_all(text, Loader=yaml.CSafeLoader)))

    def all(self, kind: str) -> list[Resource]:
        return [resource for resource in self.resources if resource["kind"] == kind]

    def one(self, kind: str, name: str) -> Resource:
        """Return a resource by its rendered name."""
        (found,) = [resource for resource in self.all(kind) if resource["metadata"]["name"] == name]
        return found

    def pods(self) -> dict[str, Resource]:
        """Return each Deployment's pod template by its component, `public` or `admin`."""
        templates = [deployment["spec"]["template"] for deployment in self.all("Deployment")]
        return {template["metadata"]["labels"][COMPONENT]: template for template in templates}

    def deployment(self, component: str) -> Resource:
        return self.one("Deployment", f"homercovilha-{component}")

    def containers(self) -> Iterator[tuple[str, Resource]]:
        """Yield `component/container` and the container, for all containers."""
        for component, template in self.pods().items():
            for container in every_container(template):
                yield f"{component}/{container['name']}", container

    def environment(self, component: str, container: Resource | None = None) -> dict[str, str]:
        """Return what a container of the component (its site, unless given) has in its environment.

        A field of the pod stands there by its path. Kubernetes lets a later source override an earlier one; here that
        would be a mistake, so a name that comes twice raises AssertionError.
        """
        container = container or self.pods()[component]["spec"]["containers"][0]
        values: dict[str, str] = {}
        for name, value in self._settings(container):
            assert name not in values, f"{name} is set twice for {component}"
            values[name] = value
        return values

    def _settings(self, container: Resource) -> Iterator[tuple[str, str]]:
        for source in container.get("envFrom", []):
            for kind, key in (("ConfigMap", "configMapRef"), ("Secret", "secretRef")):
                if key in source:
                    yield from self._data(kind, source[key]["name"]).items()
        for variable in container.get("env", []):
            origin = variable.get("valueFrom", {})
            if "fieldRef" in origin:
                yield variable["name"], origin["fieldRef"]["fieldPath"]
            elif "secretKeyRef" in origin:
                # Otherwise it would come twice, once by envFrom: the reference is there to fail when it is missing.
                assert origin["secretKeyRef"]["key"] == variable["name"]
                self.one("Secret", origin["secretKeyRef"]["name"])
            else:
                yield variable["name"], variable["value"]

    def _data(self, kind: str, name: str) -> dict[str, str]:
        data = self.one(kind, name)["data"]
        if kind == "ConfigMap":
            return dict(data)
        return {key: base64.b64decode(value).decode() for key, value in data.items()}


def every_container(template: Resource) -> list[Resource]:
    return [*template["spec"].get("initContainers", []), *template["spec"]["containers"]]


def selects(selector: Resource | None, labels: dict[str, str]) -> bool:
    """Return whether a label selector matches; an empty one matches everything, none at all nothing."""
    if selector is None:
        return False
    named = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    for expression in selector.get("matchExpressions", []):
        assert expression["operator"] == "In", expression
        named = named and labels.get(expression["key"]) in expression["values"]
    return named
