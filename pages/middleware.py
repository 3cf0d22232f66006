"""Counting the requests to the two pages."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from pages.metrics import COVILHA_REQUESTS, HOMERSIMPSON_REQUESTS

COUNTERS = {
    "/homersimpson": HOMERSIMPSON_REQUESTS,
    "/homersimpson/": HOMERSIMPSON_REQUESTS,
    "/covilha": COVILHA_REQUESTS,
    "/covilha/": COVILHA_REQUESTS,
}


class PageCounterMiddleware:
    """Count each request to a page's URI, whatever its method or the status of its answer.

    It counts before the answer is made, so that no answer is ever missing from the count:
    a worker killed in between leaves a request counted and unanswered, never the reverse.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        counter = COUNTERS.get(request.path_info)
        if counter is not None:
            counter.inc()
        return self.get_response(request)
