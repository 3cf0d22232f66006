"""The answer to an error that nobody foresaw."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from homercovilha.request_id import current_request_id


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 with the request's id, under which the log has the traceback."""
    context = {"request_id": current_request_id.get()}
    return render(request, "500.html", context, status=500)
