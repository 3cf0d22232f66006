"""What is answered before anything counts it: the internal port, and the load balancer's health check."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import resolve

from homercovilha import probes


class UncountedMiddleware:
    """Answers the internal port by its own URLconf, and /healthz, without the rest of the site.

    The port is that of the listener (SERVER_PORT of PEP 3333), which no header can change. Hosts are not
    checked here: peers and probes ask by address.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self._uncounted(request)
        if response is None:
            return self.get_response(request)
        response.headers["Content-Length"] = str(len(response.content))
        return response

    def _uncounted(self, request: HttpRequest) -> HttpResponse | None:
        if request.META.get("SERVER_PORT") == str(settings.INTERNAL_PORT):
            try:
                match = resolve(request.path_info, "homercovilha.urls.internal")
            except Http404:
                return HttpResponse("Not found.\n", "text/plain", HTTPStatus.NOT_FOUND)
            response: HttpResponse = match.func(request, *match.args, **match.kwargs)
            return response
        if request.path_info == "/healthz":
            return probes.healthy(request)
        return None
