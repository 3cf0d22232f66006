"""podman in the place of a kubelet: runs a Deployment's pod as an overlay renders it.

What podman 4 cannot do is taken out of the manifest by a kustomize patch, and nothing else:
* probes and preStop: it knows neither probes by a port's name nor `sleep`; a test requests the probes' paths itself;
* the pod's network: `hostNetwork` is a network namespace of the test, so there are no `ports` to publish;
* Secrets: it reads them from its own store, where they are put as they are rendered.
* the admin's restartPolicy: it would also restart a completed init container again and again.
fsGroup, seccompProfile, sizes of volumes and the spread over hosts stay in the manifest, though podman reads past some.
"""

import json
from pathlib import Path

import yaml

from tests.deploy.k8s.manifests import Manifests
from tests.rehearsal.pods.container import Container
from tests.rehearsal.pods.engine import Engine

PATCH = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: any
spec:
  template:
    spec:
      hostNetwork: true
      restartPolicy: {restart}
      containers:
        - name: site
          ports: null
          startupProbe: null
          readinessProbe: null
          livenessProbe: null
          lifecycle: null
"""
KUSTOMIZATION = """
resources: [../local]
nameSuffix: -{name}
images:
  - name: registry.digitalocean.com/homercovilha/homercovilha
    newName: localhost/homercovilha
patches:
  - path: podman.yaml
    target: {{kind: Deployment}}
"""


def play(node: Engine, net: str, deploy: Path, component: str, name: str) -> Container:
    """Run the pod of a component, `public` or `admin`, and return its site when that is ready.

    It comes from the overlay `local` below `deploy`; `name` tells it from other pods of the same Deployment.
    """
    overlay = deploy / "overlays" / name
    overlay.mkdir()
    (overlay / "kustomization.yaml").write_text(KUSTOMIZATION.format(name=name))
    (overlay / "podman.yaml").write_text(PATCH.format(restart="Never" if component == "admin" else "Always"))
    rendered = Manifests.of(overlay).resources
    resources = [r for r in rendered if f"-{component}-" in r["metadata"]["name"] or r["kind"] == "Secret"]
    for secret in [resource for resource in resources if resource["kind"] == "Secret"]:
        (overlay / "secret.json").write_text(json.dumps(secret["data"]))
        node.podman("secret", "create", secret["metadata"]["name"], str(overlay / "secret.json"))
    kinds = {"ConfigMap", "PersistentVolumeClaim", "Deployment"}
    played = [resource for resource in resources if resource["kind"] in kinds]
    (overlay / "played.yaml").write_text(yaml.safe_dump_all(played))
    node.podman("play", "kube", str(overlay / "played.yaml"), network=net)
    # podman's name for the container `site` of a Deployment's first pod.
    site = Container(node, net, f"homercovilha-{component}-{name}-pod-0-site")
    site.wait_until_ready()
    return site
