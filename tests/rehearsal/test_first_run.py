"""A newcomer's first command, in a fresh clone without a virtual environment."""

import os
import re
import signal
import subprocess
from pathlib import Path

from tests.support.programs import require
from tests.support.servers import ROOT, free_port, get, wait_until_it_answers

SECONDS = 240


def test_make_run_serves_everything_and_says_how_to_log_in(tmp_path: Path) -> None:
    clone, log, port = tmp_path / "clone", tmp_path / "log", free_port()
    subprocess.run([require("git"), "clone", "--quiet", str(ROOT), str(clone)], check=True)
    environ = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "MAKEFLAGS")}
    with log.open("wb") as output:
        # In a session of its own: runserver's reloader is a child of make's child, and all of them have to end.
        run = subprocess.Popen(
            [require("make"), "run"],
            cwd=clone,
            env=environ | {"PORT": str(port)},
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
