"""Which request methods a page allows."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

View = Callable[[HttpRequest], HttpResponse]
SAFE_METHODS = ("GET", "HEAD")


def safe_methods_only(view: View) -> View:
    """Restrict a view to GET and HEAD; other methods get 405 with Allow and a page.

    No request changes anything here, so the CSRF check, which would respond to a POST with 403 first, is left out.
    """

    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        if request.method in SAFE_METHODS:
            return view(request)
        not_allowed = HttpResponseNotAllowed(SAFE_METHODS)
        not_allowed.content = render(request, "405.html").content
        return not_allowed

    return csrf_exempt(checked)
