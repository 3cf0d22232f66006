"""Services, probes and policies lead to the ports that gunicorn binds, and to pages that are there."""

from django.http import HttpResponse

from exporter.middleware import ExporterMiddleware
from homercovilha.environment import Environment
from tests.deploy.k8s.conftest import Gunicorn
from tests.deploy.k8s.manifests import Manifests

LOAD_BALANCER_PORT = 80
INTERNAL_PATHS = ExporterMiddleware(lambda _: HttpResponse()).internal_views


def test_the_containers_ports_are_those_that_gunicorn_binds(manifests: Manifests, gunicorn: Gunicorn) -> None:
    for component, pod in manifests.pods().items():
        (container,) = pod["spec"]["containers"]
        ports = {port["name"]: port["containerPort"] for port in container["ports"]}
        settings = Environment(manifests.environment(component))
        assert ports == {"site": settings.PORT, "internal": settings.INTERNAL_PORT}
        assert list(ports.values()) == gunicorn.ports


def test_services_lead_to_their_ports(manifests: Manifests) -> None:
    leads = {
        service["metadata"]["name"]: [(port["port"], port["targetPort"]) for port in service["spec"]["ports"]]
        for service in manifests.all("Service")
    }
    internal_port = Environment(manifests.environment("public")).INTERNAL_PORT
    assert leads == {
        "homercovilha-public": [(LOAD_BALANCER_PORT, "site")],
        "homercovilha-admin": [(LOAD_BALANCER_PORT, "site")],
        "homercovilha-peers": [(internal_port, "internal")],
    }


def test_probes_request_existing_paths_on_the_internal_port(manifests: Manifests) -> None:
    for pod in manifests.pods().values():
        (container,) = pod["spec"]["containers"]
        asked = {}
        for name in ("startupProbe", "readinessProbe", "livenessProbe"):
            assert container[name]["httpGet"]["port"] == "internal"
            asked[name] = container[name]["httpGet"]["path"]
            assert asked[name] in INTERNAL_PATHS
        # A replica that is not ready must not be killed for it.
        assert asked["readinessProbe"] != asked["livenessProbe"] == asked["startupProbe"]


def test_peers_are_found_by_the_headless_service(manifests: Manifests) -> None:
    service = manifests.one("Service", "homercovilha-peers")
    assert service["spec"]["clusterIP"] == "None"
    assert service["spec"]["publishNotReadyAddresses"] is True
    for component in manifests.pods():
        peers = Environment(manifests.environment(component)).PEERS
        assert peers == [(service["metadata"]["name"], service["spec"]["ports"][0]["port"])]


def test_policies_open_only_ports_that_are_bound(manifests: Manifests) -> None:
    settings = Environment(manifests.environment("public"))
    for policy in manifests.all("NetworkPolicy"):
        for rule in policy["spec"].get("ingress", []):
            (port,) = rule["ports"]
            assert port["port"] in {settings.PORT, settings.INTERNAL_PORT}
            # The internal port is for those who are named.
            assert "from" in rule or port["port"] == settings.PORT


def test_an_operators_prometheus_scrapes_each_replica(manifests: Manifests) -> None:
    for monitor in manifests.all("PodMonitor"):
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        assert endpoint["port"] == "internal"
        assert endpoint["path"] in INTERNAL_PATHS
        assert endpoint["honorLabels"] is True
