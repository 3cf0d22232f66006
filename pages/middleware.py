"""Counting the requests to the pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from pages.registry import PAGES

COUNTERS = {path: page.requests for page in PAGES for path in (page.path, f"{page.path}/")}


class PageCounterMiddleware:
    """Counts each request to a page's URI, whatever its method or the status of its response.

    It counts before the response is made, so no response is missing from the count: if a worker is killed in between,
    a request is counted and has no response, never the reverse.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        counter = COUNTERS.get(request.path_info)
        if counter is not None:
            counter.inc()
        return self.get_response(request)
