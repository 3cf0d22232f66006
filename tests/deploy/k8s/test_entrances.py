"""There is one way in, port 80, and the admin site has none."""

from tests.deploy.k8s.manifests import COMPONENT, Manifests, Resource, every_container, selects

ANNOTATION = "service.beta.kubernetes.io/do-loadbalancer-"
PRIVATE = "ClusterIP"


def policies(manifests: Manifests, component: str, direction: str) -> list[Resource]:
    """Return the policies for a component's pods in one direction, `Ingress` or `Egress`."""
    labels = manifests.pods()[component]["metadata"]["labels"]
    return [
        policy
        for policy in manifests.all("NetworkPolicy")
        if direction in policy["spec"]["policyTypes"] and selects(policy["spec"]["podSelector"], labels)
    ]


def rules(manifests: Manifests, component: str, direction: str) -> list[Resource]:
    found = policies(manifests, component, direction)
    return [rule for policy in found for rule in policy["spec"].get(direction.lower(), [])]


def test_no_pod_is_reached_past_the_services(manifests: Manifests) -> None:
    for pod in manifests.pods().values():
        for name in ("hostNetwork", "hostPID", "hostIPC", "hostUsers", "shareProcessNamespace"):
            assert name not in pod["spec"]
        for container in every_container(pod):
            assert all("hostPort" not in port for port in container.get("ports", []))
    kinds = {resource["kind"] for resource in manifests.resources}
    assert not kinds & {"Ingress", "Gateway", "HTTPRoute", "Pod", "DaemonSet"}


def test_port_80_is_the_only_entrance(manifests: Manifests) -> None:
    ways_in = []
    for service in manifests.all("Service"):
        spec = service["spec"]
        assert "externalIPs" not in spec
        assert all("nodePort" not in port for port in spec["ports"])
        if spec.get("type", PRIVATE) != PRIVATE:
            ways_in.append((service["metadata"]["name"], spec["type"], [port["port"] for port in spec["ports"]]))
    on_digitalocean = manifests.overlay != "local"
    assert ways_in == ([("homercovilha-public", "LoadBalancer", [80])] if on_digitalocean else [])


def test_the_load_balancer_opens_no_node(rendered: dict[str, Manifests]) -> None:
    for overlay, network in {"digitalocean": "INTERNAL", "digitalocean-load-balancer": "EXTERNAL"}.items():
        annotations = rendered[overlay].one("Service", "homercovilha-public")["metadata"]["annotations"]
        assert annotations[f"{ANNOTATION}network"] == network
        assert annotations[f"{ANNOTATION}type"] == "REGIONAL"
        assert annotations[f"{ANNOTATION}protocol"] == "http"
        assert all(isinstance(value, str) for value in annotations.values())


def test_traffic_that_no_policy_allows_is_denied(manifests: Manifests) -> None:
    deny = manifests.one("NetworkPolicy", "default-deny")["spec"]
    assert deny == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}


def test_no_pod_can_reach_the_admin_site(manifests: Manifests) -> None:
    assert rules(manifests, "admin", "Ingress") == []


def test_replicas_may_only_resolve_names_and_scrape_each_other(manifests: Manifests) -> None:
    found = rules(manifests, "public", "Egress")
    assert sorted(port["port"] for rule in found for port in rule["ports"]) == [53, 53, 8001]
    addresses = [peer["ipBlock"]["cidr"] for rule in found for peer in rule["to"] if "ipBlock" in peer]
    assert addresses == ["169.254.20.10/32"]


def test_every_pod_may_resolve_names_by_udp_and_tcp(manifests: Manifests) -> None:
    names = manifests.one("NetworkPolicy", "name-resolution")["spec"]
    assert names["podSelector"] == {}
    (rule,) = names["egress"]
    assert sorted(port["protocol"] for port in rule["ports"]) == ["TCP", "UDP"]
    in_cluster = [peer for peer in rule["to"] if "ipBlock" not in peer]
    assert all(peer["namespaceSelector"]["matchLabels"].values() for peer in in_cluster)
    for label in ("kube-dns", "node-local-dns"):
        assert any(selects(peer["podSelector"], {"k8s-app": label}) for peer in in_cluster)


def test_egress_and_ingress_of_scrapes_match(manifests: Manifests) -> None:
    pods = manifests.pods()
    out = manifests.one("NetworkPolicy", "gathering")["spec"]
    into = manifests.one("NetworkPolicy", "gathered")["spec"]
    assert out["egress"][0]["ports"] == into["ingress"][0]["ports"]
    for component in ("public", "admin"):
        labels = pods[component]["metadata"]["labels"]
        assert selects(out["podSelector"], labels)
        assert selects(into["ingress"][0]["from"][0]["podSelector"], labels)
    assert selects(out["egress"][0]["to"][0]["podSelector"], {COMPONENT: "public"})


def test_the_range_of_the_vpc_is_the_same_in_every_policy(rendered: dict[str, Manifests]) -> None:
    blocks = {}
    for policy in rendered["everything"].all("NetworkPolicy"):
        for rule in [*policy["spec"].get("ingress", []), *policy["spec"].get("egress", [])]:
            for peer in [*rule.get("from", []), *rule.get("to", [])]:
                if "ipBlock" in peer and policy["metadata"]["name"] != "name-resolution":
                    blocks[policy["metadata"]["name"]] = peer["ipBlock"]["cidr"]
    assert set(blocks) == {"prometheus-queries", "prometheus-discovery", "postgresql"}
    assert len(set(blocks.values())) == 1


def test_the_namespace_enforces_the_restricted_profile_at_a_pinned_version(manifests: Manifests) -> None:
    (namespace,) = manifests.all("Namespace")
    labels = namespace["metadata"]["labels"]
    for mode in ("enforce", "audit", "warn"):
        assert labels[f"pod-security.kubernetes.io/{mode}"] == "restricted"
        assert labels[f"pod-security.kubernetes.io/{mode}-version"] == "v1.31"


def test_the_token_for_discovery_reads_pods_and_nothing_else(rendered: dict[str, Manifests]) -> None:
    (role,) = rendered["everything"].all("Role")
    assert role["rules"] == [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}]
