"""Which request methods a page answers."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt

View = Callable[[HttpRequest], HttpResponse]
SAFE_METHODS = ("GET", "HEAD")


def safe_methods_only(view: View) -> View:
    """Answer GET and HEAD by `view`, and every other method by 405 with Allow, in the site's look.

    Nothing here can be changed by a request, so the CSRF check is left out: where it runs, it would
    answer a POST by 403 first.
    """

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        if request.method in SAFE_METHODS:
            return view(request)
        not_allowed = HttpResponseNotAllowed(SAFE_METHODS)
        not_allowed.content = render(request, "405.html").content
        return not_allowed

    return csrf_exempt(answer)
