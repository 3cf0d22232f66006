"""Droplets, a cluster and the rest of the world, made and built once for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.rehearsal.droplets.cloud import Cloud
from tests.rehearsal.droplets.playbook import ONE_EDGE, Operator, Run

SITE = {"edge": "edge standby", "prometheus": "prometheus"}
FIGURES = pytest.StashKey[list[str]]()


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory, static_files: object) -> Iterator[Cloud]:
    """Yield the cloud, with replicas that serve and machines that have nothing yet."""
    with Cloud(tmp_path_factory.mktemp("cloud")) as cloud:
        cloud.start_site()
        yield cloud


@pytest.fixture(scope="session")
def foretold(cloud: Cloud) -> Run:
    """Return what check mode says of the new hosts, to someone who set no receiver of alerts."""
    nobody = {"alertmanager_receiver": {}, "alertmanager_watchdog_url": ""}
    with cloud.outside():
        foretold = cloud.operator(**SITE).succeed("site.yml", "--check", "--diff", ONE_EDGE, **nobody)
    assert cloud.provider.api.changes == []
    return foretold


@pytest.fixture(scope="session")
def operator(cloud: Cloud, foretold: Run, pytestconfig: pytest.Config) -> Operator:
    """Return who has built the site on the cloud's machines with `site.yml`."""
    operator = cloud.operator(**SITE)
    with cloud.outside():
        first = operator.succeed("site.yml")
    pytestconfig.stash.setdefault(FIGURES, []).extend(
        f"site.yml {what} new hosts: {run.seconds:.0f} s, {run.changed} changed"
        for what, run in (("--check on two", foretold), ("on three", first))
    )
    return operator


@pytest.fixture(autouse=True)
def _outside(cloud: Cloud) -> Iterator[None]:
    """Let each test be a visitor."""
    with cloud.outside():
        yield


@pytest.fixture
def figures(pytestconfig: pytest.Config) -> list[str]:
    """Return the list of sentences that are printed at the end."""
    return pytestconfig.stash.setdefault(FIGURES, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print the figures."""
    for figure in config.stash.get(FIGURES, []):
        terminalreporter.write_line(figure)
