"""Each selector finds the pods that it is meant for, and no others; each name that is used is there."""

from collections.abc import Iterator

import yaml

from tests.deploy.k8s.manifests import COMPONENT, Manifests, Resource, every_container, selects
from tests.support.programs import ROOT

EXPECTED = {
    ("Deployment", "homercovilha-public"): {"public"},
    ("Deployment", "homercovilha-admin"): {"admin"},
    ("Service", "homercovilha-public"): {"public"},
    ("Service", "homercovilha-peers"): {"public"},
    ("Service", "homercovilha-admin"): {"admin"},
    ("PodDisruptionBudget", "homercovilha-public"): {"public"},
    ("PodMonitor", "homercovilha-public"): {"public"},
    ("NetworkPolicy", "default-deny"): {"public", "admin"},
    ("NetworkPolicy", "name-resolution"): {"public", "admin"},
    ("NetworkPolicy", "visitors"): {"public"},
    ("NetworkPolicy", "gathered"): {"public"},
    ("NetworkPolicy", "gathering"): {"public", "admin"},
    ("NetworkPolicy", "prometheus-queries"): {"admin"},
    ("NetworkPolicy", "prometheus-discovery"): {"public"},
    ("NetworkPolicy", "pod-monitor"): {"public"},
    ("NetworkPolicy", "postgresql"): {"admin"},
}


def selectors(manifests: Manifests) -> Iterator[tuple[tuple[str, str], Resource]]:
    for resource in manifests.resources:
        spec, key = resource.get("spec", {}), (resource["kind"], resource["metadata"]["name"])
        if resource["kind"] == "Service":
            yield key, {"matchLabels": spec["selector"]}
        elif resource["kind"] == "NetworkPolicy":
            yield key, spec["podSelector"]
        elif "selector" in spec:
            yield key, spec["selector"]


def test_each_selector_matches_its_pods_and_no_others(manifests: Manifests) -> None:
    pods = {component: pod["metadata"]["labels"] for component, pod in manifests.pods().items()}
    matched = {
        key: {component for component, labels in pods.items() if selects(selector, labels)}
        for key, selector in selectors(manifests)
    }
    assert matched == {key: EXPECTED[key] for key in matched}


def test_the_playbooks_prometheus_discovers_the_public_pods_alone(manifests: Manifests) -> None:
    role = yaml.safe_load((ROOT / "deploy/ansible/roles/prometheus/defaults/main.yml").read_text())
    label, _, value = role["prometheus_kubernetes_selector"].partition("=")
    found = [component for component, pod in manifests.pods().items() if pod["metadata"]["labels"].get(label) == value]
    assert found == ["public"]
    assert role["prometheus_kubernetes_namespace"] == manifests.all("Namespace")[0]["metadata"]["name"]


def test_pods_are_spread_over_hosts_and_zones_among_their_own(manifests: Manifests) -> None:
    pod = manifests.pods()["public"]
    constraints = pod["spec"]["topologySpreadConstraints"]
    assert [constraint["topologyKey"] for constraint in constraints] == [
        "kubernetes.io/hostname",
        "topology.kubernetes.io/zone",
    ]
    for constraint in constraints:
        assert constraint["labelSelector"]["matchLabels"] == {COMPONENT: "public"}
        assert constraint["matchLabelKeys"] == ["pod-template-hash"]


def test_no_two_resources_have_the_same_name(manifests: Manifests) -> None:
    names = [
        (resource["apiVersion"], resource["kind"], resource["metadata"]["name"]) for resource in manifests.resources
    ]
    assert len(names) == len(set(names))


def test_everything_lives_in_the_namespace(manifests: Manifests) -> None:
    (namespace,) = manifests.all("Namespace")
    others = {r["metadata"]["namespace"] for r in manifests.resources if r["kind"] != "Namespace"}
    assert others == {namespace["metadata"]["name"]} == {"homercovilha"}


def test_every_referenced_name_exists(manifests: Manifests) -> None:
    for pod in manifests.pods().values():
        manifests.one("ServiceAccount", pod["spec"]["serviceAccountName"])
        volumes = {volume["name"] for volume in pod["spec"]["volumes"]}
        mounted = {mount["name"] for container in every_container(pod) for mount in container["volumeMounts"]}
        assert mounted == volumes
    claims = [
        volume["persistentVolumeClaim"]["claimName"]
        for pod in manifests.pods().values()
        for volume in pod["spec"]["volumes"]
        if "persistentVolumeClaim" in volume
    ]
    assert claims == [claim["metadata"]["name"] for claim in manifests.all("PersistentVolumeClaim")]
    for autoscaler in manifests.all("HorizontalPodAutoscaler"):
        target = autoscaler["spec"]["scaleTargetRef"]
        assert manifests.one(target["kind"], target["name"])["apiVersion"] == target["apiVersion"]
    for binding in manifests.all("RoleBinding"):
        manifests.one(binding["roleRef"]["kind"], binding["roleRef"]["name"])
        for subject in binding["subjects"]:
            account = manifests.one(subject["kind"], subject["name"])
            assert subject["namespace"] == account["metadata"]["namespace"]
    for secret in manifests.all("Secret"):
        owner = secret["metadata"].get("annotations", {}).get("kubernetes.io/service-account.name")
        if owner:
            manifests.one("ServiceAccount", owner)


def test_prune_finds_every_resource(manifests: Manifests) -> None:
    for resource in manifests.resources:
        assert resource["metadata"]["labels"]["app.kubernetes.io/part-of"] == "homercovilha"


def test_workloads_carry_the_recommended_labels(manifests: Manifests) -> None:
    for deployment in manifests.all("Deployment"):
        for metadata in (deployment["metadata"], deployment["spec"]["template"]["metadata"]):
            names = {"name", "instance", "version", "component", "part-of", "managed-by"}
            assert {f"app.kubernetes.io/{name}" for name in names} <= set(metadata["labels"])
            assert deployment["spec"]["template"]["spec"]["containers"][0]["image"].endswith(
                f":{metadata['labels']['app.kubernetes.io/version']}"
            )
