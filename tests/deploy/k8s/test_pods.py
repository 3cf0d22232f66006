"""Pods have minimal rights and declare their resources, as kube-score and kube-linter require."""

from tests.deploy.k8s.manifests import Manifests, Resource, every_container


def test_pods_have_no_rights(manifests: Manifests) -> None:
    for pod in manifests.pods().values():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["enableServiceLinks"] is False
        assert spec["serviceAccountName"].startswith("homercovilha-")
        security = spec["securityContext"]
        assert security["runAsNonRoot"] is True
        assert security["runAsUser"] == security["runAsGroup"] == security["fsGroup"] == 10001
        assert security["seccompProfile"] == {"type": "RuntimeDefault"}


def test_containers_have_no_rights(manifests: Manifests) -> None:
    for name, container in manifests.containers():
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name


def test_containers_request_resources(manifests: Manifests) -> None:
    for name, container in manifests.containers():
        requests, limits = container["resources"]["requests"], container["resources"]["limits"]
        assert set(requests) == {"cpu", "memory", "ephemeral-storage"}, name
        assert set(limits) == {"memory", "ephemeral-storage"}, name
        for resource in limits:
            assert mebibytes(requests[resource]) <= mebibytes(limits[resource]), name


def test_volumes_in_memory_are_limited_and_fit(manifests: Manifests) -> None:
    for component, pod in manifests.pods().items():
        volumes = [volume for volume in pod["spec"]["volumes"] if "emptyDir" in volume]
        assert all(volume["emptyDir"]["medium"] == "Memory" for volume in volumes)
        in_memory = sum(mebibytes(volume["emptyDir"]["sizeLimit"]) for volume in volumes)
        for container in every_container(pod):
            assert in_memory < mebibytes(container["resources"]["limits"]["memory"]) / 4, component


def test_only_volumes_are_writable_and_they_contain_no_code(manifests: Manifests) -> None:
    for name, container in manifests.containers():
        paths = {mount["mountPath"] for mount in container["volumeMounts"]}
        assert paths <= {"/tmp", "/run/homercovilha", "/data"}, name


def test_every_container_runs_the_same_image_with_a_tag_that_is_a_version(manifests: Manifests) -> None:
    images = {container["image"] for _, container in manifests.containers()}
    (image,) = images
    tag = image.rpartition(":")[2]
    assert all(part.isdigit() for part in tag.split(".")), image
    assert {container["imagePullPolicy"] for _, container in manifests.containers()} == {"IfNotPresent"}


def test_probes_tolerate_a_slow_start_and_a_busy_replica(manifests: Manifests) -> None:
    for pod in manifests.pods().values():
        (container,) = pod["spec"]["containers"]
        assert patience(container["startupProbe"]) >= 60
        assert patience(container["livenessProbe"]) >= 60
        # Visitors are sent elsewhere much sooner.
        assert patience(container["readinessProbe"]) <= 10


def test_deployments_keep_a_short_history(manifests: Manifests) -> None:
    assert {deployment["spec"]["revisionHistoryLimit"] for deployment in manifests.all("Deployment")} == {3}


def patience(probe: Resource) -> int:
    """Return after how many seconds of failures a probe has its effect."""
    return int(probe["periodSeconds"] * probe["failureThreshold"])


def mebibytes(quantity: str) -> int:
    assert quantity.endswith("Mi"), quantity
    return int(quantity.removesuffix("Mi"))
