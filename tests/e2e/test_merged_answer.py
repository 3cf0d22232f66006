"""One answer for all replicas: valid in both formats, and the same whichever replica gives it."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from prometheus_client.parser import text_string_to_metric_families as text_families

from tests.support.load import PAGES, Load
from tests.support.metrics import OPENMETRICS, scrape
from tests.support.programs import require
from tests.support.replicas import Replicas
from tests.support.servers import Gunicorn, get

HOSTS = ["127.0.0.2", "127.0.0.3"]


@pytest.fixture(scope="module")
def replicas(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Gunicorn]]:
    request.getfixturevalue("static_files")
    with Replicas(tmp_path_factory.mktemp("replicas")) as replicas:
        servers = [replicas.start(host) for host in HOSTS]
        for server in servers:
            with Load(server.host, server.port, threads=2, requests=40):
                pass
        # A scrape is a request too, which each replica counts from here on in a series it has already.
        for server in servers:
            scrape(f"{server.url}/metrics")
        yield servers


def test_two_replicas_asked_at_the_same_moment_give_the_same_series(replicas: list[Gunicorn]) -> None:
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda server: _series(scrape(f"{server.url}/metrics")), replicas)

    assert first == second
    assert len(first) > 60


def test_every_series_of_a_replica_has_its_pod(replicas: list[Gunicorn]) -> None:
    answer = scrape(f"{replicas[0].url}/metrics")

    pods = {dict(labels).get("pod", name) for name, labels in _series(answer)}
    gathered = {"homercovilha_peer_up", "homercovilha_peers", "homercovilha_gathering_seconds"}
    assert pods == {f"pod-{host}" for host in HOSTS} | gathered


def test_own_page_tells_of_one_replica_alone(replicas: list[Gunicorn]) -> None:
    answer = scrape(f"{replicas[0].internal_url}/metrics")

    assert {dict(labels)["pod"] for _, labels in _series(answer)} == {f"pod-{HOSTS[0]}"}


def test_promtool_has_nothing_to_say_of_our_own_metrics(replicas: list[Gunicorn]) -> None:
    text = get(f"{replicas[0].url}/metrics").text
    # django-prometheus' names are its own: of those it says that "_total" stands twice.
    own = "".join(f"{line}\n" for line in text.splitlines() if "django_http_" not in line)

    check = subprocess.run(
        [require("promtool"), "check", "metrics"], input=own, capture_output=True, text=True, check=False
    )

    assert check.stdout + check.stderr == ""
    assert check.returncode == 0
    assert all(f"{page}_requests_total" in own for page in PAGES)


def test_every_counter_and_histogram_has_its_time_of_creation_in_openmetrics(replicas: list[Gunicorn]) -> None:
    for family in text_string_to_metric_families(scrape(f"{replicas[0].url}/metrics")):
        if family.type in ("counter", "histogram"):
            groups = [_group(sample.labels) for sample in family.samples]
            created = [_group(sample.labels) for sample in family.samples if sample.name.endswith("_created")]
            assert sorted(created) == sorted(set(groups)), family.name


def test_text_format_has_no_time_of_creation(replicas: list[Gunicorn]) -> None:
    text = get(f"{replicas[0].url}/metrics").text

    assert "_created" not in text
    names = {sample.name for family in text_families(text) for sample in family.samples}
    assert {f"{page}_requests_total" for page in PAGES} <= names


def test_time_of_creation_and_counts_stay_when_the_container_restarts(tmp_path: Path) -> None:
    server = Gunicorn(PROMETHEUS_MULTIPROC_DIR=str(tmp_path / "counts"))
    with server:
        get(f"{server.url}/covilha")
        before = _page(server)
    with server:
        after = _page(server)
    assert after == before
    assert "covilha_requests_total{pod=" in before


def _page(server: Gunicorn) -> str:
    """Return the lines of one page's counter."""
    answer = get(f"{server.internal_url}/metrics", {"Accept": OPENMETRICS}).text
    return "".join(line for line in answer.splitlines() if "covilha_requests" in line)


def _series(exposition: str) -> set[tuple[str, tuple[tuple[str, str], ...]]]:
    families = text_string_to_metric_families(exposition)
    return {(sample.name, tuple(sorted(sample.labels.items()))) for family in families for sample in family.samples}


def _group(labels: dict[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in labels.items() if name != "le"))
