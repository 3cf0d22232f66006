"""What runs in the event loop waits for nothing: no socket, no sleep, no lock of a file, no process, no database."""

import json
import subprocess
import sys

from tests.support.servers import ROOT, Gunicorn

# Handles each path twice, and reports what Python's audit events say of the second time.
WATCH = """
import json, sys
from exporter import slots
slots.begin(None, 1.0).make_files(1)
from django.conf import settings
from homercovilha import asgi

WAITS = ("socket.", "time.sleep", "subprocess.", "os.system", "os.posix_spawn", "os.fork", "fcntl.", "sqlite3.")
seen, on = [], False
def watch(event, arguments):
    static = event == "open" and str(arguments[0]).startswith(str(settings.STATIC_ROOT))
    if on and not static and event.startswith((*WAITS, "open")):
        seen.append([event, str(arguments[:1])])
sys.addaudithook(watch)

def handle(path, port, method="GET"):
    global on
    scope = {"method": method, "raw_path": path.encode(), "query_string": b"", "http_version": "1.1",
             "server": ("127.0.0.1", port), "client": ("127.0.0.1", 1), "headers": [(b"host", b"127.0.0.1")]}
    status = asgi._respond(asgi._environ(scope))[0]
    on = True
    try:
        asgi._respond(asgi._environ(scope))
    finally:
        on = False
    found = seen[:]
    seen.clear()
    return [status, found]

paths = json.loads(sys.argv[1])
print(json.dumps({f"{port} {method} {path}": handle(path, port, method)
                  for path in paths for port in (8000, 8001) for method in ("GET", "POST")}))
"""
PATHS = [
    "/",
    "/covilha",
    "/covilha/",
    "/homersimpson",
    "/healthz",
    "/livez",
    "/readyz",
    "/nowhere",
    "/static/staticfiles.json",
]


def _watched(*paths: str) -> dict[str, tuple[int, list[str]]]:
    environ = Gunicorn(PORT="8000", INTERNAL_PORT="8001").environ
    command = [sys.executable, "-c", WATCH, json.dumps(paths)]
    output = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True).stdout
    found: dict[str, tuple[int, list[str]]] = json.loads(output.splitlines()[-1])
    return found


def test_nothing_in_the_loop_waits() -> None:
    found = _watched(*PATHS)
    assert {name: events for name, (_, events) in found.items() if events} == {}
    assert found["8000 GET /covilha"][0] == 200


def test_the_watch_sees_what_waits() -> None:
    assert _watched("/metrics")["8000 GET /metrics"][1]


def test_every_path_of_the_public_site_is_watched_or_waits() -> None:
    program = (
        "import django; django.setup()\n"
        "from django.conf import settings\n"
        "from django.urls import get_resolver\n"
        "paths = [*settings.EXPORTER['internal_views'], *settings.EXPORTER['uncounted_views']]\n"
        "found = get_resolver().reverse_dict.items()\n"
        "paths += ['/' + matches[0][0][0] for name, matches in found if isinstance(name, str)]\n"
        "print(*(path for path in paths if not path.startswith(tuple(settings.PATHS_THAT_WAIT))))\n"
    )
    environ = Gunicorn().environ
    output = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    assert set(output.stdout.split()) <= set(PATHS)
