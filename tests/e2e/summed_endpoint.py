"""One of the usual ways: an endpoint that adds up the counts of the replicas that respond."""

from collections.abc import Callable

from tests.support.load import PAGES
from tests.support.metrics import scrape, totals
from tests.support.text_server import TextServer


class SummedEndpoint(TextServer):
    """Serves the sums over the replicas' own pages, whose URLs `urls` gives at each scrape; a context manager."""

    def __init__(self, urls: Callable[[], list[str]]) -> None:
        def sums() -> str:
            counted = dict.fromkeys(PAGES, 0.0)
            for url in urls():
                try:
                    counts = totals(scrape(f"{url}/metrics"))
                except OSError:
                    continue
                for page in PAGES:
                    counted[page] += counts[page]
            return "".join(f"{page}_requests_total {count}\n" for page, count in counted.items())

        super().__init__(sums, "text/plain; version=0.0.4")
