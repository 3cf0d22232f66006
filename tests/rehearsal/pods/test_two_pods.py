"""The public Deployment's pod, as the overlay `local` renders it, really runs: two of them, who answer for each other.

podman stands for the kubelet. What it cannot do is taken out of the manifest by a patch, and nothing else:
* probes and preStop: podman 4 knows neither httpGet probes of named ports nor `sleep`; the test asks the probes' pages itself;
* the pod's network: each pod's `hostNetwork` is a network namespace of its own, so there are no `ports` to publish;
* the headless Service: the peers' name stands in /etc/hosts (hostAliases), with both addresses;
* fsGroup, seccompProfile, topology and volume sizes: podman reads past them, so they stay.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import pytest
import yaml

from tests.deploy.k8s.conftest import copy_sources
from tests.deploy.k8s.manifests import Manifests
from tests.metrics import samples
from tests.rehearsal.pods import network
from tests.rehearsal.pods.conftest import IMAGE, VERSION
from tests.rehearsal.pods.engine import Engine
from tests.servers import Answer, get

ADDRESSES = ["10.244.0.7", "10.244.0.8"]
PATCH = f"""
apiVersion: apps/v1
kind: Deployment
metadata:
  name: homercovilha-public
spec:
  template:
    spec:
      hostNetwork: true
      hostAliases:
        - {{ip: {ADDRESSES[0]}, hostnames: [homercovilha-peers]}}
        - {{ip: {ADDRESSES[1]}, hostnames: [homercovilha-peers]}}
      containers:
        - name: site
          ports: null
          startupProbe: null
          readinessProbe: null
          livenessProbe: null
          lifecycle: null
"""
KUSTOMIZATION = f"""
resources: [../local]
nameSuffix: -%s
images:
  - name: registry.digitalocean.com/homercovilha/homercovilha
    newName: {IMAGE}
    newTag: {VERSION}
patches:
  - path: podman.yaml
"""
PLAYED = {"ConfigMap", "Secret", "Deployment"}
