"""The servers that `make bench` compares: this site as its image runs it, and its peers as their documentation says."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.programs import require
from tests.support.servers import ROOT, Gunicorn, free_port, get, wait_until_it_answers

HOST = "127.0.0.1"
PEERS_BIN = ROOT / ".venv-bench/bin"
GTHREAD = (
    "gunicorn",
    "--worker-class=gthread",
    "--threads=4",
    "--no-control-socket",
    "--log-level=error",
    "--bind={address}",
)
PEERS = {
    "FastAPI": ("uvicorn", "--no-access-log", "--log-level=error", "--host={host}", "--port={port}", "fastapi_app:app"),
    "Flask": (*GTHREAD, "flask_app:app"),
    "Django": (*GTHREAD, "django_app:application"),
    "bare WSGI": (*GTHREAD, "bare:application"),
}

NGINX = """daemon off;
user root;
worker_processes 1;
pid {directory}/nginx.pid;
error_log stderr crit;
events {{}}
http {{
    access_log off;
    client_body_temp_path {directory}/body;
    server {{
        listen {address};
        root {directory};
        default_type text/html;
    }}
}}
"""


@dataclass(frozen=True)
class Server:
    """A server that runs; `pid` is its first process."""

    pid: int
    url: str


@contextmanager
def running() -> Iterator[dict[str, Server]]:
    """Yield all servers by name, with one worker each."""
    with ExitStack() as stack:
        collect_static_files()
        ours = stack.enter_context(Gunicorn(WEB_CONCURRENCY="1"))
        rendering = Gunicorn(WEB_CONCURRENCY="1", DJANGO_SETTINGS_MODULE="benchmarks.rendering")
        stack.enter_context(rendering)
        found = {"ours": ours, "rendering": rendering}
        servers = {name: Server(server.process.pid, server.url) for name, server in found.items()}
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (directory / "covilha.html").write_text(template(get(f"{ours.url}/covilha").text))
        for name, command in PEERS.items():
            servers[name] = stack.enter_context(_peer(command, directory))
        if shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin"):
            servers["nginx"] = stack.enter_context(_nginx(get(f"{ours.url}/covilha").body, directory))
        yield servers


def template(page: str) -> str:
    """Return our page as a template for Jinja and Django alike, with the values that change in double braces.

    Everything else, such as the addresses of static files, is written out: peers have less to do than ours had.
    """
    for pattern, name in (
        (r"\b[0-9]{13}\b", "epoch_milliseconds"),
        (r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?=T)", "date"),
        (r"[0-9]{2}:[0-9]{2}:[0-9]{2}", "time"),
    ):
        page, count = re.subn(pattern, f"{{{{ {name} }}}}", page)
        assert count, f"the page has no {name}"
    return page


def collect_static_files() -> None:
    """Collect the public site's static files, as its image has them."""
    environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "homercovilha.settings.public"}
    environ |= {"SECRET_KEY": "not needed for this", "ALLOWED_HOSTS": "localhost"}
    command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=environ, check=True)


def _peer(command: tuple[str, ...], directory: Path) -> AbstractContextManager[Server]:
    port = free_port()
    program, *options = (part.format(host=HOST, port=port, address=f"{HOST}:{port}") for part in command)
    return _started([str(PEERS_BIN / program), *options], port, PAGE_DIRECTORY=str(directory))


def _nginx(page: bytes, directory: Path) -> AbstractContextManager[Server]:
    (directory / "covilha").write_bytes(page)
    port = free_port()
    (directory / "nginx.conf").write_text(NGINX.format(directory=directory, address=f"{HOST}:{port}"))
    return _started([require("nginx"), "-e", "stderr", "-c", f"{directory}/nginx.conf"], port)


@contextmanager
def _started(command: list[str], port: int, **environ: str) -> Iterator[Server]:
    environ["PATH"] = os.environ["PATH"]
    process = subprocess.Popen(command, cwd=ROOT / "benchmarks/peers", env=environ)
    try:
        url = f"http://{HOST}:{port}"
        wait_until_it_answers(url, process)
        yield Server(process.pid, url)
    finally:
        process.terminate()
        process.wait()
