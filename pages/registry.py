"""The pages whose requests are counted. URLs, the counting, the navigation and the dashboard are made from this list.

A new page is an entry here, a view of its name in pages/views.py and a template.
"""

from dataclasses import dataclass, field

from prometheus_client import Counter


@dataclass(frozen=True)
class Page:
    """`name` is also the page's path, the name of its URL and of its view, and begins the name of its counter."""

    name: str
    label: str
    title: str
    description: str
    requests: Counter = field(init=False)

    def __post_init__(self) -> None:
        # Made at import, so that it is exposed at 0 from the start.
        counter = Counter(f"{self.name}_requests", f"Requests to {self.path}, whatever their method or status.")
        object.__setattr__(self, "requests", counter)

    @property
    def path(self) -> str:
        return f"/{self.name}"


PAGES = (
    Page("homersimpson", "Homer", "Homer Simpson", "A portrait, drawn for this page."),
    Page("covilha", "Covilhã", "Covilhã", "The time there, to the second."),
)
