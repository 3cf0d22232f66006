"""The metrics token is rotated as docs/prometheus.md says: every request counts, and the old token is refused."""

from tests.rehearsal.droplets.asking import query, wait_until
from tests.rehearsal.droplets.cloud import RESERVED_IP, Cloud
from tests.rehearsal.droplets.playbook import Operator
from tests.rehearsal.droplets.replicas import counted
from tests.support.load import PAGES, Load
from tests.support.servers import get

NEW = "another-token-for-the-rehearsal"


def visit() -> None:
    with Load(RESERVED_IP, 80, threads=2, requests=100) as load:
        pass
    assert load.failed.total() == 0, load.failures


def test_the_token_is_rotated_and_every_request_counted(cloud: Cloud, operator: Operator) -> None:
    old, before = cloud.token, counted(cloud)
    visit()
    cloud.restart_site(f"{NEW},{old}")
    wait_until(cloud, 'up{job="homercovilha"}', {"": 1}, seconds=30)
    visit()
    operator.secrets["METRICS_TOKEN"] = cloud.token = NEW
    rotated = operator.succeed("prometheus.yml", "--tags", "configure")
    # The file, and the restart: Prometheus keeps what it has read.
    assert rotated.changed == 2, rotated.output
    visit()
    cloud.restart_site(NEW)
    visit()
    after = counted(cloud)
    assert sum(after.values()) - sum(before.values()) == 400
    wait_until(cloud, "sum(homersimpson_requests_total)", {"": after[PAGES[0]]}, seconds=30)
    wait_until(cloud, "page:requests:total", after, seconds=90)
    assert query(cloud, 'up{job="homercovilha"}') == {"": 1}
    assert get(f"http://{RESERVED_IP}/metrics", {"Authorization": f"Bearer {old}"}).status == 401
