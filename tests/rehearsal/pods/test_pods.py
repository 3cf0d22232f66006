"""The pods of the overlay `local` really run: two public ones, who answer for each other, and the admin's."""

import os
import re
import signal
from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.deploy.k8s.manifests import Manifests, copy_sources
from tests.rehearsal.pods import network
from tests.rehearsal.pods.container import Container
from tests.rehearsal.pods.engine import Engine
from tests.rehearsal.pods.kubelet import play

ADDRESSES = ["10.244.0.7", "10.244.0.8"]
# In the place of the headless Service: the name of the peers has both addresses.
HOSTS = "127.0.0.1 localhost\n" + "".join(f"{address} homercovilha-peers\n" for address in ADDRESSES)


@pytest.fixture(scope="module")
def deploy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("deploy")
    copy_sources(root)
    return root / "deploy/k8s"


@pytest.fixture(scope="module")
def node(engine: Engine, image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Engine]]:
    """Return a function that makes a node: podman with separate volumes and containers, and the image."""
    engine.podman("image", "exists", image)
    nodes: list[Engine] = []

    def make() -> Engine:
        nodes.append(Engine(tmp_path_factory.mktemp("node"), images=engine, hosts=HOSTS))
        return nodes[-1]

    yield make
    for made in nodes:
        made.remove_everything()


@pytest.fixture(scope="module")
def pods(node: Callable[[], Engine], deploy: Path) -> Iterator[list[Container]]:
    with network.linked(*(f"{address}/24" for address in ADDRESSES)) as nets:
        names = ("first", "second")
        yield [play(node(), net, deploy, "public", name) for name, net in zip(names, nets, strict=True)]


@pytest.fixture(scope="module")
def token(deploy: Path) -> str:
    return Manifests.of(deploy / "overlays/local").environment("public")["METRICS_TOKEN"]


def counted(pod: Container, token: str) -> dict[str, float]:
    """Return what a pod's public /metrics says of /homersimpson, by the name of each pod's container."""
    answer = pod.get(8000, "/metrics", Authorization=f"Bearer {token}")
    assert answer.status == HTTPStatus.OK
    found = re.findall(r'^homersimpson_requests_total\{pod="([^"]+)"\} (.+)$', answer.text, re.MULTILINE)
    return {f"{name}-site": float(value) for name, value in found}


def test_they_serve_the_pages_and_the_probes(pods: list[Container]) -> None:
    for pod in pods:
        for path in ("/", "/covilha", "/healthz"):
            assert pod.get(8000, path).status == HTTPStatus.OK
        for path in ("/livez", "/readyz"):
            assert pod.get(8001, path).status == HTTPStatus.OK
        assert pod.get(8000, "/metrics").status == HTTPStatus.UNAUTHORIZED


def test_each_of_them_returns_the_metrics_of_both(pods: list[Container], token: str) -> None:
    before = counted(pods[0], token)
    for pod, times in zip(pods, (3, 5), strict=True):
        for _ in range(times):
            assert pod.get(8000, "/homersimpson").status == HTTPStatus.OK
    first, second = pods
    expected = {first.name: before[first.name] + 3, second.name: before[second.name] + 5}
    assert counted(first, token) == counted(second, token) == expected


def test_a_container_that_is_killed_and_restarted_keeps_its_counts(pods: list[Container], token: str) -> None:
    pod, other = pods
    assert pod.get(8000, "/homersimpson").status == HTTPStatus.OK
    before = counted(other, token)
    killed = pod.state("Pid")
    os.kill(int(killed), signal.SIGKILL)
    network.until(lambda: pod.state("Pid") not in {"0", killed}, 30, "the container is started again")
    pod.wait_until_ready()
    assert before[pod.name] >= 1
    assert counted(other, token) == before


def test_they_have_only_the_rights_in_the_manifest(pods: list[Container]) -> None:
    for pod in pods:
        assert pod.shell("id -u; id -g").split() == ["10001", "10001"]
        status = dict(line.split(":\t", 1) for line in pod.shell("cat /proc/1/status").splitlines())
        assert {int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd", "CapInh", "CapAmb")} == {0}
        # Seccomp 2: filtered.
        assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
        folders = "/tmp /run/homercovilha / /app /run /var/tmp"
        writable = pod.shell(f"for folder in {folders}; do touch $folder/x 2>/dev/null && echo $folder; done; :")
        assert writable.split() == ["/tmp", "/run/homercovilha"]


def test_the_admins_pod_makes_its_database_and_its_user(node: Callable[[], Engine], deploy: Path) -> None:
    with network.namespace() as net:
        pod = play(node(), net, deploy, "admin", "admin")
        assert pod.get(8000, "/admin/login/").status == HTTPStatus.OK
        users = "from django.contrib.auth.models import User; print(User.objects.get(is_superuser=True).username)"
        assert pod.shell(f"python manage.py shell --verbosity=0 --command '{users}'") == "admin\n"
