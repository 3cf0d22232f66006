"""The internal port serves only those who connect to it, and what is not to be counted is not."""

import socket

import pytest
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.template import engines
from django.template.response import SimpleTemplateResponse
from django.test import RequestFactory

from exporter.middleware import ExporterMiddleware
from tests.exporter.conftest import Configure


def _response(path: str, server_port: str, **environ: str) -> HttpResponse:
    def site(_request: HttpRequest) -> HttpResponse:
        return HttpResponse("the site")

    request = RequestFactory().get(path, SERVER_PORT=server_port, **environ)  # type: ignore[arg-type] # WSGI's.
    return ExporterMiddleware(site)(request)


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
@pytest.mark.django_db  # /readyz asks it.
def test_internal_port_accepts_any_host(path: str) -> None:
    assert _response(path, "8001", HTTP_HOST="10.0.0.5:8001").status_code == 200


@pytest.mark.parametrize("path", ["/", "/homersimpson", "/admin/", "/static/pages/homer.svg", "/healthz"])
def test_internal_port_serves_nothing_of_the_site(path: str) -> None:
    assert _response(path, "8001").status_code == 404


@pytest.mark.parametrize(
    "header", ["HTTP_HOST", "HTTP_X_FORWARDED_PORT", "HTTP_X_FORWARDED_HOST", "HTTP_SERVER_PORT", "HTTP_FORWARDED"]
)
def test_no_header_leads_to_the_internal_port(configure: Configure, header: str) -> None:
    configure(uncounted_views={})
    assert _response("/livez", "8000", **{header: "x:8001"}).content == b"the site"
    assert _response("/livez", "8000", **{header: "8001"}).content == b"the site"


def test_no_host_leads_to_the_internal_port_through_a_unix_socket() -> None:
    with socket.socket(socket.AF_UNIX) as listener, socket.socket() as tcp:
        assert _response("/metrics", "8001", **{"gunicorn.socket": listener}).content == b"the site"  # type: ignore[arg-type] # WSGI's.
        assert _response("/metrics", "8001", **{"gunicorn.socket": tcp}).content != b"the site"  # type: ignore[arg-type] # WSGI's.


def _rendered_later(_request: HttpRequest) -> HttpResponse:
    return SimpleTemplateResponse(engines["django"].from_string("healthy\n"))


def _streamed(_request: HttpRequest) -> StreamingHttpResponse:
    return StreamingHttpResponse([b"healthy\n"])


@pytest.mark.parametrize("view", ["_rendered_later", "_streamed"])
def test_health_check_may_be_any_response_of_djangos(configure: Configure, view: str) -> None:
    configure(uncounted_views={"/healthz": f"{__name__}.{view}"})

    assert b"".join(_response("/healthz", "8000")) == b"healthy\n"


def test_health_check_accepts_any_host_and_does_not_reach_the_site() -> None:
    assert _response("/healthz", "8000", HTTP_HOST="anything").content == b"healthy\n"
