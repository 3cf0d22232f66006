"""A rotation of the metrics token, as docs/kubernetes.md describes it, loses no request.

Every replica is replaced twice, and between the two Prometheus is restarted with the new token.
"""

from collections import Counter
from pathlib import Path

from dashboard.queries import exact_total
from tests.haproxy import HAProxy
from tests.load import PAGES, Load
from tests.prometheus import Prometheus
from tests.replicas import Replicas

OLD, NEW = "the-old-token", "the-new-token"
GENERATIONS = [[f"127.0.0.{first + number}" for number in range(3)] for first in (2, 5, 8)]


def test_every_request_is_counted_while_the_token_is_rotated(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(OLD)
    hosts = [host for generation in GENERATIONS for host in generation]
    with (
        Replicas(tmp_path / "replicas", METRICS_TOKEN=OLD) as replicas,
        HAProxy(tmp_path / "haproxy", hosts, replicas.port, replicas.internal_port) as proxy,
        Prometheus(tmp_path / "prometheus", [scrape(proxy, token)]) as prometheus,
    ):
        for host in GENERATIONS[0]:
            start(replicas, proxy, host)
        with Load("127.0.0.1", proxy.port, threads=2) as load:
            prometheus.wait_for("up == 1")
            replace(replicas, proxy, prometheus, f"{NEW},{OLD}", GENERATIONS[0], GENERATIONS[1])
            token.write_text(NEW)
            prometheus.restart()
            prometheus.wait_for("up == 1")
            replace(replicas, proxy, prometheus, NEW, GENERATIONS[1], GENERATIONS[2])
        for host in GENERATIONS[2]:
            wait_until_counted(replicas, prometheus, host)

        reported = {page: prometheus.value(exact_total(f"{page}_requests_total", "1h")) for page in PAGES}
        print(f"\nanswered {load.answered}, failed {load.failed}, Prometheus says {reported}")
        assert load.failed == Counter()
        assert reported == load.answered


def scrape(proxy: HAProxy, token: Path) -> dict[str, object]:
    target = {"targets": [f"127.0.0.1:{proxy.port}"]}
    return {"job_name": "site", "authorization": {"credentials_file": str(token)}, "static_configs": [target]}


def start(replicas: Replicas, proxy: HAProxy, host: str) -> None:
    replicas.start(host)
    proxy.wait_until_up(host)


def replace(
    replicas: Replicas, proxy: HAProxy, prometheus: Prometheus, tokens: str, old: list[str], new: list[str]
) -> None:
    """Replace the replicas one by one, as a changed Secret does: start one, drain one, count it, stop it."""
    replicas.environ["METRICS_TOKEN"] = tokens
    for leaves, comes in zip(old, new, strict=True):
        start(replicas, proxy, comes)
        proxy.drain(leaves)
        wait_until_counted(replicas, prometheus, leaves)
        assert replicas.servers[leaves].stop() == 0
        replicas.unlist(leaves)


def wait_until_counted(replicas: Replicas, prometheus: Prometheus, host: str) -> None:
    """Return when a scrape has brought what the replica has counted: preStop's sleep waits for that too."""
    for page in PAGES:
        prometheus.wait_for(f'{page}_requests_total{{pod="pod-{host}"}} == {replicas.counted(host)[page]}')
