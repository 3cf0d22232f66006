"""The three pages that visitors see."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from pages import clock
from pages.methods import safe_methods_only
from pages.sky import Sky

TEXT = "text/plain"
JSON = "application/json"
HTML = "text/html"


@safe_methods_only
def home(request: HttpRequest) -> HttpResponse:
    """Name both pages."""
    now = clock.read()
    sky = Sky.of(now.date())
    return render(request, "pages/home.html", {"phase": sky.phase_at(now)})


@safe_methods_only
def homersimpson(request: HttpRequest) -> HttpResponse:
    """Show Homer Simpson."""
    return render(request, "pages/homersimpson.html")


@safe_methods_only
def covilha(request: HttpRequest) -> HttpResponse:
    """Tell the time in Covilhã at this moment, as HTML, JSON or plain text, as the client prefers.

    Whoever accepts none of the three, or sends an Accept that cannot be read, gets HTML
    (RFC 9110, section 12.5.1, leaves that to the server). No answer is stored anywhere.
    """
    now = clock.LocalTime.at(clock.read())
    preferred = preferred_type(request)
    response: HttpResponse
    if preferred == JSON:
        response = JsonResponse(
            {
                "place": "Covilhã, Portugal",
                "datetime": now.iso,
                "date": now.date,
                "time": now.time,
                "zone": now.zone,
                "abbreviation": now.abbreviation,
                "utc_offset": now.utc_offset,
                "epoch_milliseconds": now.epoch_milliseconds,
            },
            json_dumps_params={"ensure_ascii": False},
        )
    elif preferred == TEXT:
        line = f"{now.date} {now.time} {now.abbreviation} (UTC{now.utc_offset}, {now.zone})\n"
        response = HttpResponse(line, content_type="text/plain; charset=utf-8")
    else:
        response = render(request, "pages/covilha.html", sky_and_time(now))
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["Accept"])
    return response


def sky_and_time(now: clock.LocalTime) -> dict[str, object]:
    """Return what the HTML shows: the time, the sky of that day, its phase, sunrise and sunset."""
    sky = Sky.of(now.local.date())
    return {
        "now": now,
        "sky": sky,
        "phase": sky.phase_at(now.local),
        "sunrise": clock.LocalTime.at(sky.instant(sky.sunrise)),
        "sunset": clock.LocalTime.at(sky.instant(sky.sunset)),
    }


def preferred_type(request: HttpRequest) -> str:
    """Return the media type of ours that `request` prefers, HTML where it prefers none."""
    try:
        return request.get_preferred_type([HTML, JSON, TEXT]) or HTML
    except (LookupError, ValueError):
        return HTML
