"""The response to an unexpected error."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from homercovilha.request_id import current_request_id


def server_error(request: HttpRequest) -> HttpResponse:
    """Return 500 with the request's id, which the traceback in the log has too."""
    context = {"request_id": current_request_id.get()}
    return render(request, "500.html", context, status=500)
