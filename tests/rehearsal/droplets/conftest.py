"""Two Droplets, the cluster and the rest of the world, made and built once for all tests of this folder."""

from collections.abc import Iterator

import pytest

from tests.rehearsal.droplets.cloud import Cloud
from tests.rehearsal.droplets.playbook import Operator


@pytest.fixture(scope="session")
@pytest.mark.usefixtures("static_files")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """Yield the cloud, with replicas that serve and machines that have nothing yet."""
    with Cloud(tmp_path_factory.mktemp("cloud")) as cloud:
        cloud.start_site()
        yield cloud


@pytest.fixture(scope="session")
def operator(cloud: Cloud) -> Operator:
    """Return who has built the site on the cloud's machines with `site.yml`; prints how long that took."""
    operator = cloud.operator()
    first = operator.succeed("site.yml")
    print(f"\nsite.yml, first run: {first.seconds:.0f} s, {first.changed} changed")
    return operator
