"""What `make cluster` says to kubectl, as far as it can be shown without a cluster."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cluster import kubectl, kubernetes
from tests.cluster.kubectl import ClusterError, Kubectl, cluster
from tests.cluster.kubernetes import Kubernetes, relay, write_overlay
from tests.deploy.k8s.manifests import Manifests
from tests.support.load import Load
from tests.support.programs import ROOT, require
from tests.support.servers import Gunicorn, free_port, wait_until_it_answers

IMAGE = "localhost:5001/homercovilha:1.10"
ACTIONS = ["update", "undo", "drain", "kill", "accept"]


@pytest.fixture
def unreachable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kubectl:
    """Return a kubectl whose cluster does not answer."""
    place = {"cluster": {"server": f"http://127.0.0.1:{free_port()}"}, "name": "nowhere"}
    context = {"context": {"cluster": "nowhere", "user": ""}, "name": "nowhere"}
    config = {"clusters": [place], "contexts": [context], "current-context": "nowhere"}
    (tmp_path / "kubeconfig").write_text(json.dumps(config))
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
    monkeypatch.setenv("PATH", str(Path(require("kubectl")).parent), prepend=":")
    return Kubectl("nowhere")


def test_overlay_has_the_image_three_replicas_and_valid_labels(tmp_path: Path) -> None:
    manifests = Manifests.of(write_overlay(tmp_path, IMAGE))

    assert {container["image"] for _, container in manifests.containers()} == {IMAGE}
    (autoscaler,) = manifests.all("HorizontalPodAutoscaler")
    assert autoscaler["spec"]["minReplicas"] == 3
    assert manifests.deployment("public")["metadata"]["labels"]["app.kubernetes.io/version"] == "1.10"


@pytest.mark.parametrize("action", ACTIONS)
def test_kubectl_knows_every_command_and_option(
    unreachable: Kubectl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    said: list[tuple[str, ...]] = []
    pods = [{"metadata": {"name": name}, "spec": {"nodeName": "one"}} for name in ("a", "b", "c")]
    nodes = [{"metadata": {"name": name}, "spec": {}} for name in ("one", "two")]
    monkeypatch.setattr(Kubectl, "items", lambda _, kind, *__: {"pods": pods, "nodes": nodes}[kind])

    def run(*command: str, given: str | None = None) -> str:
        said.append(command)
        return given or ""

    monkeypatch.setattr(kubectl, "run", run)
    site = Kubernetes(unreachable, IMAGE)
    site._overlay = write_overlay(tmp_path, IMAGE)
    getattr(site, action)(*(("new", "old") if action == "accept" else ()))

    assert said
    for command in said:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert "nowhere" in command
        # It comes as far as the cluster that is not there: nothing is wrong with the command itself.
        assert "refused" in done.stderr, (command, done.stderr)
    if action == "accept":
        secrets = (site._overlay / "made-by-make-secrets/public.env").read_text()
        assert "\nMETRICS_TOKEN=new,old\n" in secrets


def test_a_cluster_that_has_the_namespace_is_left_alone(unreachable: Kubectl, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = [{"metadata": {"name": kubernetes.NAMESPACE}}]
    monkeypatch.setattr(Kubectl, "items", lambda *_: taken)
    with pytest.raises(ClusterError, match="has the namespace 'homercovilha' already"), Kubernetes(unreachable, IMAGE):
        pytest.fail("the site was put into the cluster")


@pytest.mark.usefixtures("unreachable")
def test_an_unknown_context_is_refused() -> None:
    with pytest.raises(ClusterError, match=r"no context 'elsewhere'"), cluster("elsewhere", IMAGE):
        pytest.fail("a cluster was made")
    with pytest.raises(ClusterError, match="IMAGE="), cluster("nowhere", ""):
        pytest.fail("a cluster was made")


@pytest.mark.parametrize("tool", ["kind", "k3d"])
def test_creating_a_cluster_leaves_the_users_kubeconfig_unchanged(
    unreachable: Kubectl, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tool: str
) -> None:
    users = tmp_path / "kubeconfig"
    before = users.read_text()
    (tmp_path / "bin").mkdir()
    # As both do: a new cluster becomes the current context of the file in KUBECONFIG.
    for name, line in ((tool, f'echo "{{current-context: {tool}-homercovilha-test}}" >"$KUBECONFIG"'), ("docker", ":")):
        program = tmp_path / "bin" / name
        program.write_text(f'#!/bin/sh\necho "$0 $*" >>{tmp_path}/calls\n{line}\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{Path(require('kubectl')).parent}:/usr/bin:/bin")
    with cluster("", "") as (made, _):
        assert made.context == f"{tool}-homercovilha-test"
        assert made("config", "current-context").strip() == made.context

    assert users.read_text() == before
    assert unreachable("config", "get-contexts", "--output", "name") == "nowhere\n"
    calls = (tmp_path / "calls").read_text()
    assert f"/{tool} " in calls
    assert "image rm localhost/homercovilha:test" in calls.splitlines()[-1]


def test_relay_is_allowed_by_the_restricted_profile() -> None:
    (pod,) = [item for item in relay(IMAGE)["items"] if item["kind"] == "Pod"]
    assert pod["spec"]["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "runAsNonRoot": True,
        "runAsUser": 10001,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


@pytest.mark.usefixtures("unreachable")
def test_without_a_cluster_it_names_the_programs_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(Path(require("kubectl")).parent))
    with (
        pytest.raises(ClusterError, match=r"No program here can make a cluster\. Install docker and kind"),
        cluster("", ""),
    ):
        pytest.fail("a cluster was made")


def test_relay_runs_as_its_pod_says_and_loses_nothing() -> None:
    (pod,) = [item for item in relay(IMAGE)["items"] if item["kind"] == "Pod"]
    python, *arguments = pod["spec"]["containers"][0]["command"]
    assert python == "python"
    with Gunicorn() as server:
        port = free_port()
        arguments[2:] = [str(port), server.host, str(server.port)]
        process = subprocess.Popen([sys.executable, *arguments])
        try:
            wait_until_it_answers(f"http://127.0.0.1:{port}/healthz", process)
            with Load("127.0.0.1", port, threads=4, requests=200, keep_alive=False) as load:
                pass
            assert (load.total(), load.failed.total()) == (200, 0)
        finally:
            process.terminate()
            process.wait()


@pytest.mark.usefixtures("unreachable")
def test_kubectl_knows_the_documented_prune(tmp_path: Path) -> None:
    document = (ROOT / "docs/kubernetes.md").read_text()
    (command,) = re.findall(r"^\$ (kubectl apply -k (?:.*\\\n)?.*--prune.*(?:\\\n.*)?)$", document, re.MULTILINE)
    overlay = write_overlay(tmp_path, IMAGE)
    command = command.replace("\\\n", " ").replace("deploy/k8s/overlays/digitalocean", str(overlay))
    done = subprocess.run(shlex.split(command), capture_output=True, text=True, check=False)

    assert "core/v1/ConfigMap" in command
    assert "refused" in done.stderr, done.stderr
