"""What the cluster's replicas have counted themselves."""

from tests.rehearsal.droplets.cloud import REPLICAS, Cloud
from tests.support.load import PAGES
from tests.support.metrics import scrape, totals


def counted(cloud: Cloud) -> dict[str, float]:
    """Return what the replicas themselves have counted, for each page."""
    with cloud.network.inside("cluster"):
        counts = [totals(scrape(f"http://{address}:8001/metrics")) for address in REPLICAS]
    return {page: sum(count[page] for count in counts) for page in PAGES}
