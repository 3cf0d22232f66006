"""Whatever is sent to it, the site answers with the right refusal, and neither its log nor its metrics suffer."""

import pytest

from tests.e2e.conftest import LoggedSite
from tests.support.metrics import scrape, series
from tests.support.raw import HEADERS, request, send

GET = b"GET / HTTP/1.1\r\n"
STATIC = b"GET /static/pages/homer.svg"
SMUGGLED = b"0\r\n\r\nGET /smuggled HTTP/1.1\r\n" + HEADERS + b"\r\n"

# What reaches Django: the status, and where it is 4xx, in the site's look.
ANSWERED = {
    "an unknown path": (404, request(b"GET /nowhere")),
    "an invented method": (405, request(b"BREW /homersimpson")),
    "a method that is not for pages": (405, request(b"OPTIONS /covilha")),
    "a target for proxies": (404, request(b"CONNECT 127.0.0.1:80")),
    "a target for the server as a whole": (404, request(b"OPTIONS *")),
    "a target with scheme and host": (200, request(b"GET http://127.0.0.1/covilha")),
    "two slashes before another host": (404, request(b"GET //elsewhere.example/covilha")),
    "another host": (400, GET + b"Host: elsewhere.example\r\nConnection: close\r\n\r\n"),
    "another host for a static file": (
        400,
        STATIC + b" HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n",
    ),
    "another host for the metrics": (
        400,
        b"GET /metrics HTTP/1.1\r\nHost: elsewhere.example\r\nConnection: close\r\n\r\n",
    ),
    "a host that is none": (400, GET + b"Host: a b/<script>\r\nConnection: close\r\n\r\n"),
    "an Accept that cannot be read": (200, request(b"GET /covilha", b"Accept: ;;;q=x,/,\xff,*/*;q=nan")),
    "an Accept with broken weights": (200, request(b"GET /covilha", b"Accept: text/plain;q=abc, application/json;q=")),
    "an Accept for metrics that cannot be read": (200, request(b"GET /metrics", b"Accept: ;;;q=x,/,\xff;version=\xff")),
    "an Accept for metrics with a broken version": (
        200,
        request(b"GET /metrics", b'Accept: application/openmetrics-text; version="1.0.0'),
    ),
    "an Accept-Encoding that cannot be read": (200, request(b"GET /metrics", b"Accept-Encoding: ;;gzip;q=x,\xff")),
    "a range of a page": (200, request(b"GET /covilha", b"Range: bytes=5-1")),
    "a broken range of a static file": (200, request(STATIC, b"Range: bytes=\xb2-x")),
    "several ranges of a static file": (200, request(STATIC, b"Range: bytes=0-1,2-3")),
    "a range longer than a static file": (206, request(STATIC, b"Range: bytes=-99999999")),
    "a broken date": (200, request(STATIC, b"If-Modified-Since: Fri, 99 Foo 99999 99:99:99 GMT")),
    "a date before all dates": (200, request(STATIC, b"If-Modified-Since: Fri, 01 Jan 0000 00:00:00 GMT")),
    "a date after all dates": (304, request(STATIC, b"If-Modified-Since: Fri, 01 Jan 9999 00:00:00 GMT")),
    "a broken entity tag": (200, request(STATIC, b'If-None-Match: "\xff, W/, *')),
    "a path just short enough": (404, request(b"GET /" + b"a" * 4000)),
    "a query that is not UTF-8": (200, request(b"GET /covilha?a=%ff&%ff=%")),
    "a path that is not UTF-8": (404, request(b"GET /%ff%fe%c0%80")),
    "a zero byte": (404, request(b"GET /%00")),
    "a zero byte behind a static file": (404, request(STATIC + b"%00.png")),
    "dots": (404, request(b"GET /static/../manage.py")),
    "encoded dots": (404, request(b"GET /static/%2e%2e/manage.py")),
    "dots encoded twice": (404, request(b"GET /static/%252e%252e/manage.py")),
    "encoded slashes": (404, request(b"GET /static/..%2f..%2fetc/passwd")),
    "backslashes": (404, request(b"GET /static/..\\..\\manage.py")),
    "an absolute path behind /static/": (404, request(b"GET /static//etc/passwd")),
    "the folder of static files": (404, request(b"GET /static/")),
    "the port in a header": (404, request(b"GET /livez", b"SERVER_PORT: 8001", b"Server-Port: 8001")),
    "the prefix in a header": (200, request(b"GET /covilha", b"Script-Name: /covilha")),
    "a body that is no form": (
        405,
        request(
            b"POST /covilha", b"Content-Type: multipart/form-data; boundary=\xff", b"Content-Length: 3", body=b"abc"
        ),
    ),
    "a body of an unknown type": (
        405,
        request(b"POST /covilha", b"Content-Type: ;;;charset=nope", b"Content-Length: 3", body=b"abc"),
    ),
    "a body in chunks": (405, request(b"POST /covilha", b"Transfer-Encoding: chunked", body=b"3\r\nabc\r\n0\r\n\r\n")),
    "a broken address as target": (400, request(b"GET http://[::1/covilha")),
    # A server may ignore it: https://www.rfc-editor.org/rfc/rfc9110#section-10.1.1
    "an unknown expectation": (200, request(b"GET /covilha", b"Expect: miracles")),
}
# What Django answers in its own short way, or WhiteNoise.
PLAIN = {
    "a range that ends before it begins": (416, request(STATIC, b"Range: bytes=5-1")),
    "a range behind the end": (416, request(STATIC, b"Range: bytes=99999999999999999999999-")),
    "a POST to a static file": (405, request(STATIC.replace(b"GET", b"POST"), b"Content-Length: 0")),
    "a POST to the metrics": (405, request(b"POST /metrics", b"Content-Length: 0")),
    "a DELETE of the metrics": (405, request(b"DELETE /metrics")),
    "a POST to the health check": (405, request(b"POST /healthz", b"Content-Length: 0")),
}
# What gunicorn refuses on either port, before anything is counted.
REFUSED = {
    "a method in lower case": (400, request(b"get /homersimpson")),
    "a method without end": (400, request(b"A" * 100 + b" /homersimpson")),
    "no slash": (400, request(b"GET covilha")),
    "a path in Latin-1": (400, request(b"GET /\xff\xfe")),
    "a raw zero byte": (400, request(b"GET /\x00")),
    "two hosts": (400, request(b"GET /", b"Host: elsewhere.example")),
    "a header of 64 KiB": (431, request(b"GET /", b"X-Big: " + b"a" * 65536)),
    "a header without end": (431, GET + b"X-Big: " + b"a" * 1_000_000),
    "headers without end": (431, GET + b"X-A: b\r\n" * 10_000),
    "a path of 70,000 bytes": (414, request(b"GET /" + b"a" * 70_000)),
    "HTTP/0.9": (400, b"GET /\r\n"),
    "the greeting of HTTP/2": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "HTTP/3.0 in text": (400, b"GET / HTTP/3.0\r\n" + HEADERS + b"\r\n"),
    "the greeting of TLS": (0, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "the greeting of a proxy": (400, b"PROXY TCP4 192.0.2.1 192.0.2.2 1 8001\r\n" + request(b"GET /")),
    "noise": (400, b"\x00\x01\x02\r\n\r\n"),
    "bare line feeds": (400, b"GET / HTTP/1.1\nHost: 127.0.0.1\n\n"),
    "a folded header": (400, request(b"GET /", b"X-A: b\r\n c")),
    "a header without a colon": (400, request(b"GET /", b"nonsense")),
    "a header with a zero byte": (400, request(b"GET /", b"X-A: \x00")),
    "a length that is no number": (400, request(b"POST /", b"Content-Length: abc")),
    "a negative length": (400, request(b"POST /", b"Content-Length: -1")),
    "a length with a sign": (400, request(b"POST /", b"Content-Length: +1", body=b"a")),
    "two lengths": (400, request(b"POST /", b"Content-Length: 1", b"Content-Length: 2", body=b"aa")),
    "a length beside chunks": (
        400,
        request(b"POST /", b"Content-Length: 4", b"Transfer-Encoding: chunked", body=SMUGGLED),
    ),
    "a space behind Transfer-Encoding": (400, request(b"POST /", b"Transfer-Encoding : chunked", body=SMUGGLED)),
    "an unknown transfer coding": (501, request(b"POST /", b"Transfer-Encoding: xchunked", body=SMUGGLED)),
    "two transfer codings": (
        400,
        request(b"POST /", b"Transfer-Encoding: chunked", b"Transfer-Encoding: identity", body=SMUGGLED),
    ),
    "chunks in HTTP/1.0": (400, b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + SMUGGLED),
    "a chunk without a size": (400, request(b"POST /", b"Transfer-Encoding: chunked", body=b"zz\r\n\r\n")),
    "a body that ends early": (400, request(b"POST /covilha", b"Content-Length: 1000", body=b"a")),
    "chunks that end early": (400, request(b"POST /covilha", b"Transfer-Encoding: chunked", body=b"3\r\na")),
    "a body that is announced as too large": (413, request(b"POST /covilha", b"Content-Length: 65537")),
    "chunks that get too large": (
        413,
        request(
            b"POST /covilha",
            b"Transfer-Encoding: chunked",
            body=b"fff0\r\n" + b"a" * 0xFFF0 + b"\r\nf0\r\n" + b"a" * 0xF0 + b"\r\n0\r\n\r\n",
        ),
    ),
}


@pytest.mark.parametrize("name", ANSWERED)
def test_what_django_answers_has_the_right_status_and_the_sites_look(site: LoggedSite, name: str) -> None:
    status, data = ANSWERED[name]
    answer = send((site.host, site.port), data)
    assert answer.status == status, answer.data
    if status >= 400:
        assert b'<header class="masthead">' in answer.body, answer.data
    assert b"Traceback" not in answer.data


@pytest.mark.parametrize("name", PLAIN)
def test_what_no_person_sees_is_refused_shortly(site: LoggedSite, name: str) -> None:
    status, data = PLAIN[name]
    answer = send((site.host, site.port), data)
    assert answer.status == status, answer.data
    assert len(answer.body) < 100
    if status == 405:
        assert b"\r\nAllow: GET, HEAD\r\n" in answer.data, answer.data


@pytest.mark.parametrize("port", ["port", "internal_port"])
@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_request_is_refused_on_both_ports(site: LoggedSite, name: str, port: str) -> None:
    status, data = REFUSED[name]
    answer = send((site.host, getattr(site, port)), data)
    # Who closes before all is read resets the connection, and the answer may be lost with it.
    assert answer.status == status or (len(data) > 60_000 and not answer.data), answer.data
    assert b"\nHTTP/1." not in answer.data, "what was behind the refused request was answered too"
    assert b"Traceback" not in answer.data


@pytest.mark.parametrize("name", ANSWERED)
def test_the_internal_port_answers_nothing_but_its_own_paths(site: LoggedSite, name: str) -> None:
    _, data = ANSWERED[name]
    answer = send((site.host, site.internal_port), data)
    own = b" /metrics " in data or b" /livez " in data
    assert answer.status == (200 if own else 404), answer.data
    assert b"Traceback" not in answer.data


def test_bad_input_leaves_no_traceback_in_the_log_and_no_series_in_the_metrics(site: LoggedSite) -> None:
    everything = [data for _, data in (ANSWERED | PLAIN | REFUSED).values()]
    # The first time makes the few series of refusals that there can be, the second time none.
    _send_to_both_ports(site, everything)
    before = series(scrape(f"{site.internal_url}/metrics"))
    assert site.log
    position = site.log.stat().st_size
    _send_to_both_ports(site, everything)
    _send_to_both_ports(site, [data.replace(b"GET /", b"GET /other/") for data in everything])
    after = series(scrape(f"{site.internal_url}/metrics"))
    logged = site.logged_since(position)
    assert after == before
    assert "Traceback" not in logged
    assert '"ERROR"' not in logged
    assert "smuggled" not in logged


def _send_to_both_ports(site: LoggedSite, requests: list[bytes]) -> None:
    for port in (site.port, site.internal_port):
        for data in requests:
            send((site.host, port), data)
