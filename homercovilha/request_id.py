"""The request id: in the response, on the error page and in each line of the log."""

import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar

from django.core.signals import request_finished
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")


class RequestIdMiddleware:
    """Takes the id from a valid X-Request-ID, else makes one, and adds it to the response."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = given if given and re.fullmatch(r"[A-Za-z0-9._-]{1,64}", given) else secrets.token_hex(16)
        # Not reset here: Django logs a response of 400 or more after all middleware.
        current_request_id.set(request_id)
        response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        return response


@receiver(request_finished)
def forget(**_: object) -> None:
    """Reset the id after the response: what the thread logs next belongs to another request or to none."""
    current_request_id.set("")
