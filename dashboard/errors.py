"""The admin site's answer to users who lack a permission."""

from http import HTTPStatus

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# The last part of the name of an admin page, and the permission that it needs.
ACTIONS = {"changelist": "view", "history": "view", "change": "view", "add": "add", "delete": "delete"}


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001 - Django passes it by name.
    """Return a page that names the missing permission, and offers to log out."""
    context = admin.site.each_context(request) | {"title": "Permission denied", "permission": _permission(request)}
    return render(request, "dashboard/forbidden.html", context, status=HTTPStatus.FORBIDDEN)


def _permission(request: HttpRequest) -> str | None:
    match = request.resolver_match
    if match and match.app_name == "dashboard":
        return "dashboard.view_metrics"
    app, _, name = (match.url_name if match and match.url_name else "").partition("_")
    model, _, action = name.partition("_")
    return f"{app}.{ACTIONS[action]}_{model}" if action in ACTIONS else None
