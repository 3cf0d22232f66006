"""What the playbooks ask for before anything is bought, and where the module explains itself."""

import os
import subprocess
from pathlib import Path

import pytest

from homercovilha.environment import Environment
from tests.deploy.ansible.playbooks import ANSIBLE, Operator
from tests.digitalocean.server import StandIn
from tests.support.programs import require


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [
        (
            {"METRICS_TOKEN": ""},
            "site_metrics_token is empty: put the site's bearer token into the environment variable METRICS_TOKEN.",
        ),
        ({"PROMETHEUS_PASSWORD": "short"}, "prometheus_password has 5 characters. Give it 12 or more"),
        ({"EDGE_FAILOVER_TOKEN": ""}, "There is more than one edge, and edge_failover_token is empty."),
    ],
)
def test_what_the_hosts_need_is_asked_for_before_anything_is_bought(
    tmp_path: Path, missing: dict[str, str], sentence: str
) -> None:
    with StandIn() as api:
        operator = Operator(api, tmp_path)
        operator.secrets |= missing
        refused = operator.play("site.yml", edge_count=2)
    assert refused.code != 0
    assert sentence in refused.words
    assert refused.calls == []


def test_prometheus_sends_the_first_of_several_tokens() -> None:
    given = ", new , old"
    command = [require("ansible"), "localhost", "-i", "localhost,", "--playbook-dir", str(ANSIBLE)]
    command += ["-m", "debug", "-a", "msg=[{{ site_metrics_token }}]"]
    environ = {**os.environ, "METRICS_TOKEN": given}
    told = subprocess.run(command, cwd=ANSIBLE, env=environ, capture_output=True, text=True, check=True).stdout
    assert '"msg": "[new]"' in told
    # The site accepts what Prometheus sends.
    assert Environment({"METRICS_TOKEN": given}).METRICS_TOKEN[0] == "new"


def test_documentation_of_the_module_is_shown() -> None:
    command = [require("ansible-doc"), "-M", "roles/droplet/library", "digitalocean_droplets"]
    told = subprocess.run(command, cwd=ANSIBLE, capture_output=True, text=True, check=True).stdout
    for word in ("OPTIONS", "EXAMPLES", "RETURN VALUES", "keep_reserved_ip"):
        assert word in told
