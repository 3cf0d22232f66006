"""`make audit` reports vulnerable packages, and never reports that all is well if it could not ask."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tests.support.programs import ROOT, require
from tests.support.servers import free_port


@contextmanager
def osv(vulnerable: str | None) -> Iterator[str]:
    """Serve OSV's API, with one vulnerability for each version of a package, and return its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            package = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["package"]["name"]
            ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]
            affected = [{"package": {"name": package, "ecosystem": "PyPI"}, "ranges": ranges}]
            found = {"id": "GHSA-0000", "details": "A vulnerability.", "affected": affected}
            body = json.dumps({"vulns": [found]} if package == vulnerable else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Print nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1/query"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def audit(url: str) -> "subprocess.CompletedProcess[str]":
    command = ["scripts/audit", require(str(ROOT / ".venv-audit/bin/pip-audit")), url]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("vulnerable", "code"), [("django", 1), (None, 0)])
def test_vulnerable_packages_are_reported_for_each_file(vulnerable: str | None, code: int) -> None:
    with osv(vulnerable) as url:
        done = audit(url)
    assert done.returncode == code, done.stderr
    assert done.stdout.count("GHSA-0000") == (3 if vulnerable else 0), "requirements, -dev and the benchmarks have it"


def test_silence_of_the_service_is_one_sentence_and_a_failure() -> None:
    url = f"http://127.0.0.1:{free_port()}/v1/query"
    done = audit(url)
    assert done.returncode == 2
    sentence = f"{url} does not answer, so nothing was checked. Run make audit where it can be reached.\n"
    assert done.stderr == sentence
