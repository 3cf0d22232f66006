"""The headers that are the same for each response of a site."""

from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse

POLICY = "Content-Security-Policy"


class HeadersMiddleware:
    """Refuses a wrong Host, and adds the security headers and Content-Length.

    It does what a site uses of Django's SecurityMiddleware and CommonMiddleware and of django-csp. Those look up their
    settings for each request, and together cost a quarter of a page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.headers = {
            POLICY: "; ".join(f"{name} {source}" for name, source in settings.CONTENT_SECURITY_POLICY.items()),
            "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
            "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
            "X-Content-Type-Options": "nosniff",
        }

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.get_host()
        response = self.get_response(request)
        for name, value in self.headers.items():
            response.headers[name] = value
        # Django's debug pages for these two have inline styles.
        if settings.DEBUG and response.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.INTERNAL_SERVER_ERROR):
            del response.headers[POLICY]
        if not response.streaming and "Content-Length" not in response.headers:
            response.headers["Content-Length"] = str(len(response.content))
        return response
