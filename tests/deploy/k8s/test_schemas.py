"""Kubernetes accepts every resource, in each version from the oldest supported to the newest known."""

from typing import Any

import kubernetes_validate
import pytest

from tests.deploy.k8s.manifests import Manifests

# Their schemas come with the operator that defines them.
CUSTOM = {"PodMonitor"}


LATEST = int(kubernetes_validate.latest_version().split(".")[1])


@pytest.mark.parametrize("version", [f"1.{minor}" for minor in range(31, LATEST + 1)])
def test_every_resource_is_valid(manifests: Manifests, version: str) -> None:
    for resource in manifests.resources:
        if resource["kind"] not in CUSTOM:
            kubernetes_validate.validate(resource, version, strict=True)


def test_a_misspelt_field_would_be_found(manifests: Manifests) -> None:
    service: dict[str, Any] = {**manifests.all("Service")[0]}
    service["spec"] = {**service["spec"], "publishNotReadyAdresses": True}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(service, "1.31", strict=True)
