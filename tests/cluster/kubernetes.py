"""The scenario's site on a cluster: the overlay `local` with three replicas, reached through its Service."""

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

from tests.cluster.kubectl import ClusterError, Kubectl
from tests.cluster.scenario import OLD_TOKEN
from tests.support.programs import ROOT

NAMESPACE, RELAY = "homercovilha", "homercovilha-relay"
DEPLOYMENT = "deployment/homercovilha-public"
PUBLIC = "app.kubernetes.io/component=public"
REPLICAS = """
patches:
  - target: {kind: HorizontalPodAutoscaler}
    patch: '[{"op": "replace", "path": "/spec/minReplicas", "value": 3}]'
"""
KILL_A_WORKER = """
import os, pathlib, signal
os.kill(int(pathlib.Path("/proc/1/task/1/children").read_text().split()[0]), signal.SIGKILL)
"""
END_THE_CONTAINER = "import os, signal; os.kill(1, signal.SIGTERM)"


class Kubernetes:
    """The site in a namespace of its own, and the way to it; a context manager that leaves nothing behind.

    Raises ClusterError if the cluster has the namespace already: it may be somebody's site.
    """

    wait_for_scrape: Callable[[], None]

    def __init__(self, kubectl: Kubectl, image: str) -> None:
        self._kubectl, self._image = kubectl, image

    def update(self) -> None:
        """Replace every pod."""
        self._in_namespace("rollout", "restart", DEPLOYMENT)
        self._wait()

    def undo(self) -> None:
        """Return to the revision before."""
        self._in_namespace("rollout", "undo", DEPLOYMENT)
        self._wait()

    def accept(self, *tokens: str) -> None:
        """Write the tokens into the overlay's Secret and apply it, which replaces every pod."""
        secrets = self._overlay / "made-by-make-secrets/public.env"
        line = f"METRICS_TOKEN={','.join(tokens)}"
        secrets.write_text(re.sub(r"(?m)^METRICS_TOKEN=.*$", line, secrets.read_text()))
        self._kubectl("apply", "--kustomize", str(self._overlay))
        self._wait()

    def drain(self) -> str:
        """Drain a node with a replica and let it take pods again."""
        nodes = [node["metadata"]["name"] for node in self._kubectl.items("nodes") if _takes_pods(node)]
        if len(nodes) < 2:
            return "left out: the cluster has one node for pods"
        node = self._pods()[0]["spec"]["nodeName"]
        options = ["--ignore-daemonsets", "--delete-emptydir-data", "--timeout=10m", f"--pod-selector={PUBLIC}"]
        try:
            self._kubectl("drain", node, *options)
            self._wait()
        finally:
            self._kubectl("uncordon", node)
        return f"drained {node}"

    def kill(self) -> None:
        """Kill a worker in one pod; end the container of another, which starts again with its counts."""
        first, second, *_ = (pod["metadata"]["name"] for pod in self._pods())
        self._in_namespace("exec", first, "--", "python", "-c", KILL_A_WORKER)
        self._in_namespace("exec", second, "--", "python", "-c", END_THE_CONTAINER)
        restarted = "--for=jsonpath={.status.containerStatuses[0].restartCount}=1"
        self._in_namespace("wait", restarted, f"pod/{second}", "--timeout=5m")
        self._in_namespace("wait", "--for=condition=Ready", f"pod/{second}", "--timeout=5m")

    def _in_namespace(self, *arguments: str) -> str:
        return self._kubectl("--namespace", NAMESPACE, *arguments)

    def _wait(self) -> None:
        self._in_namespace("rollout", "status", DEPLOYMENT, "--timeout=10m")

    def _pods(self) -> list[dict[str, Any]]:
        pods = self._kubectl.items("pods", "--namespace", NAMESPACE, "--selector", PUBLIC)
        return [pod for pod in pods if "deletionTimestamp" not in pod["metadata"]]

    def __enter__(self) -> Self:
        names = {namespace["metadata"]["name"] for namespace in self._kubectl.items("namespaces")}
        if taken := names & {NAMESPACE, RELAY}:
            raise ClusterError(f"The cluster has the namespace {min(taken)!r} already. Name a cluster without it.")
        with ExitStack() as stack:
            self._overlay = write_overlay(Path(stack.enter_context(tempfile.TemporaryDirectory())), self._image)
            stack.callback(self._kubectl, "delete", "namespace", NAMESPACE, RELAY, "--ignore-not-found")
            self.accept(OLD_TOKEN)
            self._in_namespace("wait", "--for=jsonpath={.status.readyReplicas}=3", DEPLOYMENT, "--timeout=10m")
            self._kubectl("apply", "--filename", "-", given=json.dumps(relay(self._image)))
            self._kubectl("--namespace", RELAY, "wait", "--for=condition=Ready", "pod/relay", "--timeout=5m")
            self.address = "127.0.0.1", self._forward(stack)
            self._stack = stack.pop_all()
        return self

    def _forward(self, stack: ExitStack) -> int:
        command = self._kubectl.command("--namespace", RELAY, "port-forward", "pod/relay", ":8080")
        process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        stack.callback(process.terminate)
        line = process.stdout.readline() if process.stdout else ""
        if not (found := re.match(r"Forwarding from 127\.0\.0\.1:(\d+) ", line)):
            raise ClusterError(f"kubectl port-forward did not begin: {line!r}")
        return int(found[1])

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def write_overlay(directory: Path, image: str) -> Path:
    """Write the overlay `local` for this image, with three replicas and secrets of its own; return its directory."""
    shutil.copytree(ROOT / "deploy/k8s", directory / "deploy/k8s", ignore=shutil.ignore_patterns("*.env"))
    shutil.copytree(ROOT / "scripts", directory / "scripts")
    subprocess.run([directory / "scripts/make-secrets"], check=True, capture_output=True)
    name, _, tag = image.rpartition(":")
    for component, key, value in (("image", "newName", name), ("version", "newTag", tag)):
        file = directory / f"deploy/k8s/components/{component}/kustomization.yaml"
        file.write_text(re.sub(rf"{key}: \S+", f'{key}: "{value}"', file.read_text()))
    overlay = directory / "deploy/k8s/overlays/local"
    with (overlay / "kustomization.yaml").open("a") as kustomization:
        kustomization.write(REPLICAS)
    return overlay


def relay(image: str) -> dict[str, Any]:
    """Return the relay's namespace and pod."""
    source = (ROOT / "tests/cluster/relay.py").read_text()
    # Required by clusters that enforce the restricted profile everywhere.
    security = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    container = {
        "name": "relay",
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-c", source, "8080", f"homercovilha-public.{NAMESPACE}", "80"],
        "securityContext": security,
    }
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": RELAY}}
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "relay", "namespace": RELAY},
        "spec": {"containers": [container], "terminationGracePeriodSeconds": 1},
    }
    return {"apiVersion": "v1", "kind": "List", "items": [namespace, pod]}


def _takes_pods(node: dict[str, Any]) -> bool:
    taints = node["spec"].get("taints", [])
    return all(taint["effect"] == "PreferNoSchedule" for taint in taints)
