"""The image runs with no rights at all, holds nothing that it does not need, and ends without dropping a request."""

import re
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

import pytest

from tests.rehearsal.pods import network
from tests.rehearsal.pods.conftest import REVISION, VERSION
from tests.rehearsal.pods.container import Container
from tests.rehearsal.pods.engine import Engine

RIGHTS = [
    "--read-only",
    "--read-only-tmpfs=false",
    "--tmpfs=/tmp",
    "--cap-drop=all",
    "--security-opt=no-new-privileges",
    "--user=10001",
]


@contextmanager
def running(engine: Engine, image: str) -> Iterator[Container]:
    """Run the image alone, on a network of its own, until it is ready."""
    with network.namespace() as net:
        settings = [f"--env=SECRET_KEY={secrets.token_hex(32)}", "--env=ALLOWED_HOSTS=127.0.0.1"]
        name = engine.podman("run", "--detach", "--network=host", *RIGHTS, *settings, image, network=net).strip()
        site = Container(engine, net, name)
        try:
            site.wait_until_ready()
            yield site
        finally:
            engine.podman("rm", "--force", "--time=0", name)


@pytest.fixture(scope="module")
def site(engine: Engine, image: str) -> Iterator[Container]:
    with running(engine, image) as site:
        yield site


@pytest.mark.parametrize("path", ["/", "/homersimpson", "/covilha", "/metrics", "/healthz"])
def test_it_answers_with_no_rights(site: Container, path: str) -> None:
    assert site.get(8000, path).status == HTTPStatus.OK


def test_it_exports_its_version_and_revision(site: Container) -> None:
    (line,) = [line for line in site.get(8001, "/metrics").text.splitlines() if line.startswith("homercovilha_build")]
    assert f'version="{VERSION}"' in line
    assert f'revision="{REVISION}"' in line


def test_its_static_files_are_compressed_already(site: Container) -> None:
    (style, *_) = re.findall(r'href="(/static/[^"]+\.css)"', site.get(8000, "/").text)
    for encoding in ("br", "gzip"):
        answer = site.get(8000, style, **{"Accept-Encoding": encoding})
        assert answer.headers["content-encoding"] == encoding
        assert "immutable" in answer.headers["cache-control"]


def test_it_can_write_only_tmp(site: Container) -> None:
    folders = "/ /app /venv /var/tmp /run"
    assert site.shell(f"for folder in {folders} /tmp; do touch $folder/x && echo $folder; done") == "/tmp\n"
    # Nor could it change its own code where the root file system is not read-only.
    assert site.shell("find /app /venv /usr -writable -not -type l") == ""


def test_it_contains_the_site_and_no_build_tools(site: Container) -> None:
    inside = set(site.shell("ls -A /app").split())
    assert inside == {
        "dashboard", "exporter", "gunicorn.conf.py", "homercovilha", "manage.py", "pages", "staticfiles", "__pycache__",
    }  # fmt: skip
    programs = "pip pip3 gcc cc make git curl wget"
    assert site.shell(f"command -v {programs}; python -c 'import pip' 2>/dev/null && echo pip; :") == ""


def test_a_request_in_progress_at_sigterm_is_answered_and_the_exit_code_is_0(engine: Engine, image: str) -> None:
    with running(engine, image) as site:

        def ask() -> bytes:
            with socket.create_connection(("127.0.0.1", 8000), timeout=15) as connection:
                connection.sendall(b"GET /covilha HTTP/1.1\r\nHost: 127.0.0.1\r\n")
                time.sleep(0.5)
                engine.podman("kill", "--signal=TERM", site.name)
                time.sleep(1)
                connection.sendall(b"Connection: close\r\n\r\n")
                return b"".join(iter(lambda: connection.recv(65536), b""))

        answer = network.inside(site.net, ask)
        assert answer.startswith(b"HTTP/1.1 200 OK")
        assert answer.rstrip().endswith(b"</html>")
        network.until(lambda: site.state("Status") == "exited", 30, "the site has ended")
        assert site.state("ExitCode") == "0"
