"""The three pages that visitors see."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from pages import clock, sky
from pages.negotiation import HTML, JSON, TEXT, preferred_type
from pages.registry import PAGES
from pages.rendering import respond

PLACE = "Covilhã, Portugal"
FORMATS = {"html": HTML, "json": JSON, "text": TEXT}
SAFE_METHODS = ("GET", "HEAD")
View = Callable[[HttpRequest], HttpResponse]


def safe_methods_only(view: View) -> View:
    """Restrict a view to GET and HEAD; other methods get 405 with Allow and a page.

    No request changes anything here, so the CSRF check, which would respond to a POST with 403 first, is left out.
    """

    @wraps(view)
    def checked(request: HttpRequest) -> HttpResponse:
        if request.method in SAFE_METHODS:
            return view(request)
        return HttpResponseNotAllowed(SAFE_METHODS, render_to_string("405.html", request=request))

    return csrf_exempt(checked)


@safe_methods_only
def home(request: HttpRequest) -> HttpResponse:
    """Show links to the other pages."""
    return respond(request, _home, HTML)


@safe_methods_only
def homersimpson(request: HttpRequest) -> HttpResponse:
    """Show Homer Simpson."""
    return respond(request, _homersimpson, HTML)


@safe_methods_only
def covilha(request: HttpRequest) -> HttpResponse:
    """Return the current time in Covilhã as HTML, JSON or plain text, by ?format= or else by Accept.

    The response must not be cached.
    """
    requested = request.GET.get("format", "") if request.META.get("QUERY_STRING") else ""
    content_type = FORMATS.get(requested) or preferred_type(request.META.get("HTTP_ACCEPT", "*/*"))
    response = respond(request, _COVILHA[content_type], content_type)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Vary"] = "Accept, Accept-Encoding"
    return response


def _home(second: int, origin: str) -> str:
    return _html("home", origin, phase=sky.phase(clock.local(second)))


def _homersimpson(_second: int, origin: str) -> str:
    return _html("homersimpson", origin)


def _covilha_html(second: int, origin: str) -> str:
    now = clock.local(second)
    return _html(
        "covilha",
        origin,
        now=now,
        milliseconds=second * 1000,
        zone=timezone.get_default_timezone_name(),
        phase=sky.phase(now),
        sky=sky.changes(now.date()),
        hour_angle=now.hour % 12 * 30 + now.minute / 2,
        minute_angle=now.minute * 6 + now.second / 10,
        second_angle=now.second * 6,
    )


def _covilha_json(second: int, _origin: str) -> str:
    now = clock.local(second)
    return json.dumps(
        {
            "place": PLACE,
            "datetime": now.isoformat(),
            "date": now.date().isoformat(),
            "time": now.time().isoformat(),
            "zone": timezone.get_default_timezone_name(),
            "abbreviation": now.tzname(),
            "utc_offset": now.isoformat()[-6:],
            "epoch_milliseconds": second * 1000,
        },
        ensure_ascii=False,
    )


def _covilha_text(second: int, _origin: str) -> str:
    now = clock.local(second)
    return f"{now:%Y-%m-%d %H:%M:%S %Z} (UTC{now.isoformat()[-6:]}, {timezone.get_default_timezone_name()})\n"


_COVILHA = {HTML: _covilha_html, JSON: _covilha_json, TEXT: _covilha_text}


def _html(name: str, origin: str, **context: Any) -> str:
    page = next((page for page in PAGES if page.name == name), None)
    return render_to_string(f"pages/{name}.html", {"page": page, "origin": origin, **context})
