"""A newcomer's first command, in a fresh clone: on this machine, and on Debian with nothing else in it."""

import os
import re
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.rehearsal import minimal_debian
from tests.support.programs import ROOT, require
from tests.support.servers import free_port, get, wait_until_it_answers

SECONDS = 240


def test_make_run_serves_everything_and_says_how_to_log_in(tmp_path: Path) -> None:
    environ = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "MAKEFLAGS")}
    serves_everything([require("make"), "run"], clone(tmp_path), tmp_path / "log", environ, free_port())


@pytest.mark.parametrize("user", ["visitor", "root"])
@pytest.mark.parametrize("release", minimal_debian.PYTHON)
def test_make_run_works_on_a_minimal_debian(release: str, user: str, tmp_path: Path) -> None:
    port = free_port()
    command = minimal_debian.command(release, user, clone(tmp_path), f"make run PORT={port}")
    serves_everything(command, tmp_path, tmp_path / "log", os.environ, port)


def clone(folder: Path) -> Path:
    subprocess.run([require("git"), "clone", "--quiet", str(ROOT), str(folder / "clone")], check=True)
    return folder / "clone"


def serves_everything(command: list[str], folder: Path, log: Path, environ: Mapping[str, str], port: int) -> None:
    """Run the command there until it has served every kind of page on the port and printed the admin's password."""
    with log.open("wb") as output:
        # In a session of its own: runserver's reloader is a child of make's child, and all of them have to end.
        run = subprocess.Popen(
            command,
            cwd=folder,
            env={**environ, "PORT": str(port)},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_until_it_answers(url, run, seconds=SECONDS)
        for path in ("/", "/homersimpson", "/covilha", "/metrics", "/admin/"):
            assert get(f"{url}{path}").status == 200, path
        assert "homersimpson_requests_total" in get(f"{url}/metrics").text
        assert re.search(rf"{url}/admin/ +user: admin +password: \S{{12,}}\n", log.read_text())
    finally:
        os.killpg(run.pid, signal.SIGTERM)
        run.wait()
