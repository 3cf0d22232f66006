"""Kubernetes accepts every resource, in the oldest version that is supported and the newest that is known.

Those in between then do too: a version of an API only gains fields until it is removed.
"""

from typing import Any

import kubernetes_validate
import pytest

from tests.deploy.k8s.manifests import Manifests

# Their schemas come with the operator that defines them.
CUSTOM = {"PodMonitor"}


OLDEST, NEWEST = "1.31", kubernetes_validate.latest_version()


@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_every_resource_is_valid(manifests: Manifests, version: str) -> None:
    for resource in manifests.resources:
        if resource["kind"] not in CUSTOM:
            kubernetes_validate.validate(resource, version, strict=True)


def test_a_misspelt_field_would_be_found(manifests: Manifests) -> None:
    service: dict[str, Any] = {**manifests.all("Service")[0]}
    service["spec"] = {**service["spec"], "publishNotReadyAdresses": True}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(service, OLDEST, strict=True)
