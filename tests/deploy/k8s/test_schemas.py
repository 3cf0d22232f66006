"""Kubernetes accepts every resource, from the oldest version that is supported to the newest that is known."""

from typing import Any

import kubernetes_validate
import pytest

from tests.deploy.k8s.manifests import Manifests

# Their schemas come with the operator that defines them.
CUSTOM = {"PodMonitor"}


@pytest.mark.parametrize("version", ["1.31", kubernetes_validate.latest_version()])
def test_every_resource_is_valid(manifests: Manifests, version: str) -> None:
    for resource in manifests.resources:
        if resource["kind"] not in CUSTOM:
            kubernetes_validate.validate(resource, version, strict=True)


def test_a_misspelt_field_would_be_found(manifests: Manifests) -> None:
    service: dict[str, Any] = {**manifests.all("Service")[0]}
    service["spec"] = {**service["spec"], "publishNotReadyAdresses": True}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(service, "1.31", strict=True)
