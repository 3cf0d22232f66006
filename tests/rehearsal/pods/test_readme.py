"""The README's `docker run` line serves the site, with podman as docker."""

import os
import subprocess
from collections.abc import Iterator
from http import HTTPStatus

import pytest

from tests.docs.markdown import blocks
from tests.rehearsal.pods import network
from tests.rehearsal.pods.engine import Engine
from tests.support.programs import require
from tests.support.servers import get

(BLOCK,) = [block for block in blocks() if block.document == "README.md" and "docker run" in block.text]
(LINE,) = [line for line in BLOCK.text.splitlines() if line.startswith("docker run ")]


@pytest.fixture(scope="module")
def net(engine: Engine, image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run the line as it stands in a network namespace, and return the namespace's name."""
    docker = tmp_path_factory.mktemp("bin") / "docker"
    docker.write_text(f'#!/bin/sh\nexec {require("podman")} "$@"\n')
    docker.chmod(0o755)
    engine.podman("tag", image, LINE.split()[-1])
    environ = engine.environ | {"PATH": f"{docker.parent}:{os.environ['PATH']}"}
    with network.namespace() as name:
        command = [require("nsenter"), f"--net=/run/netns/{name}", "bash", "-c", LINE]
        with subprocess.Popen(command, env=environ) as run:
            try:
                network.until(lambda: network.inside(name, lambda: ready(run)), 60, LINE)
                yield name
            finally:
                # podman passes the signal on to the site, whose container is then removed.
                run.terminate()


def ready(run: "subprocess.Popen[bytes]") -> bool:
    assert run.poll() is None, f"{LINE}\nended with {run.returncode}"
    return get("http://localhost:8000/healthz").status == HTTPStatus.OK


@pytest.mark.parametrize("path", ["/", "/homersimpson", "/covilha", "/metrics"])
def test_docker_run_line_serves(net: str, path: str) -> None:
    assert network.inside(net, lambda: get(f"http://localhost:8000{path}")).status == HTTPStatus.OK


def test_admin_site_is_not_in_it(net: str) -> None:
    assert network.inside(net, lambda: get("http://localhost:8000/admin/")).status == HTTPStatus.NOT_FOUND
