"""kubectl on one named context, and the cluster that it stands for."""

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.support.programs import ROOT

NAME = "homercovilha-test"
IMAGE = "localhost/homercovilha:test"
KIND_CONFIGURATION = """
kind: Cluster
apiVersion: kind.x-k8s.io/v1alpha4
nodes: [{role: control-plane}, {role: worker}, {role: worker}]
"""


class ClusterError(Exception):
    """A sentence for the user: what could not be done, and what to do."""


def run(*command: str, given: str | None = None) -> str:
    """Run a command and return what it prints; raises ClusterError with its own words if it fails."""
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ClusterError(f"`{' '.join(command)}` failed: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


@dataclass(frozen=True)
class Kubectl:
    """Runs kubectl with one context and never with another."""

    context: str

    def command(self, *arguments: str) -> tuple[str, ...]:
        return "kubectl", "--context", self.context, *arguments

    def __call__(self, *arguments: str, given: str | None = None) -> str:
        """Return what kubectl prints; raises ClusterError."""
        return run(*self.command(*arguments), given=given)

    def items(self, *arguments: str) -> list[dict[str, Any]]:
        """Return the resources that `get` finds."""
        found: list[dict[str, Any]] = json.loads(self("get", *arguments, "--output", "json"))["items"]
        return found


@contextmanager
def cluster(context: str, image: str) -> Iterator[tuple[Kubectl, str]]:
    """Yield a cluster and the image that it has: the one named, or one made by kind or k3d, which is then removed.

    Raises ClusterError if there is none.
    """
    if not shutil.which("kubectl"):
        raise ClusterError("kubectl is not here. Install it: https://kubernetes.io/docs/tasks/tools/")
    if context:
        if context not in run("kubectl", "config", "get-contexts", "--output", "name").split():
            raise ClusterError(f"There is no context {context!r}. `kubectl config get-contexts` lists the contexts.")
        if not image:
            raise ClusterError("Name an image that the nodes have or can pull: make cluster CONTEXT=… IMAGE=…")
        yield Kubectl(context), image
        return
    if not (tool := shutil.which("kind") or shutil.which("k3d")) or not shutil.which("docker"):
        raise ClusterError(
            "No program here can make a cluster. Install docker and kind (https://kind.sigs.k8s.io) or k3d "
            "(https://k3d.io), or name a cluster on purpose: make cluster CONTEXT=… IMAGE=…"
        )
    print(f"building {IMAGE} …", flush=True)
    run("docker", "build", "--tag", IMAGE, str(ROOT))
    print(f"making a cluster with {tool} …", flush=True)
    try:
        with _own_kubeconfig(), _made_by_kind() if tool.endswith("kind") else _made_by_k3d() as made:
            yield made, IMAGE
    finally:
        run("docker", "image", "rm", IMAGE)


@contextmanager
def _own_kubeconfig() -> Iterator[None]:
    # A cluster that is made becomes the current context, and when it is deleted, there is none: not in the user's file.
    before = os.environ.get("KUBECONFIG")
    with tempfile.TemporaryDirectory() as directory:
        os.environ["KUBECONFIG"] = f"{directory}/kubeconfig"
        try:
            yield
        finally:
            del os.environ["KUBECONFIG"]
            if before is not None:
                os.environ["KUBECONFIG"] = before


@contextmanager
def _made_by_kind() -> Iterator[Kubectl]:
    run("kind", "create", "cluster", "--name", NAME, "--config", "-", "--wait", "5m", given=KIND_CONFIGURATION)
    try:
        run("kind", "load", "docker-image", IMAGE, "--name", NAME)
        yield Kubectl(f"kind-{NAME}")
    finally:
        run("kind", "delete", "cluster", "--name", NAME)


@contextmanager
def _made_by_k3d() -> Iterator[Kubectl]:
    run("k3d", "cluster", "create", NAME, "--agents", "2", "--wait")
    try:
        run("k3d", "image", "import", IMAGE, "--cluster", NAME)
        yield Kubectl(f"k3d-{NAME}")
    finally:
        run("k3d", "cluster", "delete", NAME)
