"""Replicas are added and removed without a gap, and none leaves before its last counts are scraped."""

import yaml

from tests.deploy.k8s.conftest import Gunicorn
from tests.deploy.k8s.manifests import Manifests
from tests.support.programs import ROOT

# Until every node has removed an endpoint: https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
ENDPOINT_REMOVAL_SECONDS = 5
SPARE_SECONDS = 5


def scrape_seconds(rendered: dict[str, Manifests]) -> int:
    """Return how many seconds a scrape's end comes after the last one's begin, by either Prometheus."""
    role = yaml.safe_load((ROOT / "deploy/ansible/roles/prometheus/defaults/main.yml").read_text())
    (monitor,) = rendered["everything"].all("PodMonitor")
    (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
    interval, timeout = endpoint["interval"], endpoint["scrapeTimeout"]
    assert (interval, timeout) == (role["prometheus_scrape_interval"], role["prometheus_scrape_timeout"])
    return sum(int(duration.removesuffix("s")) for duration in (interval, timeout))


def test_a_replica_stays_until_its_last_counts_are_scraped(
    rendered: dict[str, Manifests], manifests: Manifests
) -> None:
    (container,) = manifests.pods()["public"]["spec"]["containers"]
    stays = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert stays == ENDPOINT_REMOVAL_SECONDS + scrape_seconds(rendered)


def test_the_load_balancer_keeps_no_connection_to_a_terminating_replica(manifests: Manifests) -> None:
    annotations = manifests.one("Service", "homercovilha-public")["metadata"].get("annotations", {})
    keeps = annotations.get("service.beta.kubernetes.io/do-loadbalancer-enable-backend-keepalive")
    assert keeps == (None if manifests.overlay == "local" else "false")


def test_the_grace_period_covers_drain_and_shutdown(manifests: Manifests, gunicorn: Gunicorn) -> None:
    for pod in manifests.pods().values():
        (container,) = pod["spec"]["containers"]
        stays = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
        end = stays + gunicorn.graceful_timeout + SPARE_SECONDS
        assert end <= pod["spec"]["terminationGracePeriodSeconds"]


def test_only_the_autoscaler_sets_the_number_of_replicas(manifests: Manifests) -> None:
    autoscaler = manifests.one("HorizontalPodAutoscaler", "homercovilha-public")["spec"]
    assert (autoscaler["minReplicas"], autoscaler["maxReplicas"]) == (2, 10)
    assert "replicas" not in manifests.deployment("public")["spec"]
    for metric in autoscaler["metrics"]:
        for container in manifests.pods()["public"]["spec"]["containers"]:
            # Utilization is relative to the requested resources.
            assert metric["resource"]["name"] in container["resources"]["requests"]


def test_replicas_are_removed_one_by_one_with_time_to_drain(manifests: Manifests) -> None:
    down = manifests.one("HorizontalPodAutoscaler", "homercovilha-public")["spec"]["behavior"]["scaleDown"]
    (policy,) = down["policies"]
    assert policy["value"] == 1
    assert policy["periodSeconds"] > manifests.pods()["public"]["spec"]["terminationGracePeriodSeconds"]


def test_a_node_can_be_drained_and_one_replica_stays(manifests: Manifests) -> None:
    budget = manifests.one("PodDisruptionBudget", "homercovilha-public")["spec"]
    least = manifests.one("HorizontalPodAutoscaler", "homercovilha-public")["spec"]["minReplicas"]
    assert 1 <= budget["maxUnavailable"] < least
    assert budget["unhealthyPodEvictionPolicy"] == "AlwaysAllow"
    # A budget for a single replica would prevent its node from ever being drained.
    assert len(manifests.all("PodDisruptionBudget")) == 1
    assert manifests.deployment("admin")["spec"]["replicas"] == 1


def test_an_update_starts_a_replica_before_it_stops_one(manifests: Manifests) -> None:
    strategy = manifests.deployment("public")["spec"]["strategy"]
    assert strategy["type"] == "RollingUpdate"
    assert strategy["rollingUpdate"]["maxUnavailable"] == 0
    assert manifests.deployment("public")["spec"]["minReadySeconds"] == 5


def test_two_pods_never_claim_sqlites_volume(manifests: Manifests) -> None:
    with_a_volume = bool(manifests.all("PersistentVolumeClaim"))
    assert with_a_volume == (manifests.overlay != "everything")
    strategy = manifests.deployment("admin")["spec"]["strategy"]["type"]
    assert strategy == ("Recreate" if with_a_volume else "RollingUpdate")
