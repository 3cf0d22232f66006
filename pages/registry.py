"""The pages whose requests are counted. URLs, the counting, the navigation and the dashboard are made from this list.

A new page is an entry here, a view of its name in pages/views.py, a template and a recording rule.
"""

from dataclasses import dataclass

from prometheus_client import Counter


@dataclass
class Page:
    """`name` is also the page's path, the name of its URL and of its view, and begins the name of its counter."""

    name: str
    label: str
    title: str
    description: str

    def __post_init__(self) -> None:
        self.path = f"/{self.name}"
        # Made at import, so that it is exposed at 0 from the start.
        self.requests = Counter(f"{self.name}_requests", f"Requests to {self.path}, whatever their method or status.")


PAGES = (
    Page("homersimpson", "Homer", "Homer Simpson", "A portrait, drawn for this page."),
    Page("covilha", "Covilhã", "Covilhã", "The time there, to the second."),
)
