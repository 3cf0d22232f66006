"""An account on the stand-in of DigitalOcean's API, and who changes it with the module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.deploy.ansible.module import KEY, Clock, Cloud
from tests.digitalocean.account import Account
from tests.digitalocean.server import StandIn


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """Yield an account with a load balancer and nothing of the site's; an operator's key is in a file."""
    key = tmp_path / "id.pub"
    key.write_text(KEY)
    with StandIn(Account(clock=Clock()), silence=0) as api:
        api.account.add_load_balancer("homercovilha", "fra1", "10.114.0.77")
        yield Cloud(api, key)
