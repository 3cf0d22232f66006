"""A setting that cannot work stops the start: one sentence, an exit code, no traceback."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import ROOT, Gunicorn, free_port

GUNICORN = ("-m", "gunicorn")
MANAGE = ("manage.py", "check")

# Unset where the value is empty.
WRONG = [
    ("PORT", "http"),
    ("INTERNAL_PORT", "65536"),
    ("WEB_THREADS", "0"),
    ("BIND_HOST", "localhost"),
    ("METRICS_TOKEN", "two words"),
    ("PEERS", "no-port"),
    ("SECRET_KEY", ""),
    ("ALLOWED_HOSTS", ""),
    ("PROMETHEUS_URL", "http://prometheus:port"),
    ("DJANGO_SETTINGS_MODULE", "homercovilha.settings.nowhere"),
    ("DATABASE_URL", "nonsense://user:hidden@host"),
    ("DATABASE_URL", "postgres://user:hidden@host:port/name"),
    ("DATABASE_URL", "mysql://user:hidden@host/name"),
    ("DATABASE_URL", "sqlite:////no/such/folder/db.sqlite3"),
]


def _refusal(name: str, program: tuple[str, ...], **environ: str) -> str:
    good = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "homercovilha.settings.public",
        "SECRET_KEY": "a key for tests alone",
        "ALLOWED_HOSTS": "127.0.0.1",
        "BIND_HOST": "127.0.0.1",
        "PORT": str(free_port()),
        "INTERNAL_PORT": str(free_port()),
    }
    environ = {key: value for key, value in {**good, **environ}.items() if value}
    ended = subprocess.run(
        [sys.executable, *program], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 1, ended
    assert ended.stderr.startswith(f"homercovilha: {name} "), ended
    assert ended.stderr.count("\n") == 1, ended
    assert "Traceback" not in ended.stdout
    assert "hidden" not in ended.stderr
    return ended.stderr


@pytest.mark.parametrize(
    ("name", "value", "program"),
    # manage.py reads them in the same way: one of each kind.
    [(*one, GUNICORN) for one in WRONG] + [(*one, MANAGE) for one in (WRONG[0], ("SECRET_KEY", ""), WRONG[-1])],
)
def test_gunicorn_and_manage_refuse_it(name: str, value: str, program: tuple[str, ...]) -> None:
    site = {"DJANGO_SETTINGS_MODULE": "homercovilha.settings.admin"} if name == "DATABASE_URL" else {}
    _refusal(name, program, **{**site, name: value})


@pytest.mark.parametrize("module", ["homercovilha.settings", "homercovilha.environment"])
def test_gunicorn_refuses_settings_that_are_no_site(module: str) -> None:
    _refusal("DJANGO_SETTINGS_MODULE", GUNICORN, DJANGO_SETTINGS_MODULE=module)


@pytest.mark.parametrize("folder", ["file/folder", "/proc/folder", "/proc"])
def test_gunicorn_refuses_a_folder_it_cannot_write(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()
    sentence = _refusal("PROMETHEUS_MULTIPROC_DIR", GUNICORN, PROMETHEUS_MULTIPROC_DIR=str(tmp_path / folder))
    assert "cannot be written" in sentence


@pytest.fixture(scope="module")
def running(static_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gunicorn]:
    folder = tmp_path_factory.mktemp("running")
    with Gunicorn(PROMETHEUS_MULTIPROC_DIR=str(folder), WEB_CONCURRENCY="1") as server:
        yield server


def test_gunicorn_refuses_a_folder_in_which_another_server_counts(running: Gunicorn) -> None:
    folder = running.environ["PROMETHEUS_MULTIPROC_DIR"]
    sentence = _refusal("PROMETHEUS_MULTIPROC_DIR", GUNICORN, PROMETHEUS_MULTIPROC_DIR=folder)
    assert "belongs to another server that is running" in sentence


@pytest.mark.parametrize("name", ["PORT", "INTERNAL_PORT"])
def test_gunicorn_refuses_a_port_that_another_server_has(running: Gunicorn, name: str) -> None:
    assert "(Address already in use)" in _refusal(name, GUNICORN, **{name: str(running.port)})


def test_make_run_names_a_port_that_is_not_the_internal_one(running: Gunicorn) -> None:
    environ = {"PATH": os.environ["PATH"], "PORT": str(running.port)}
    command = [str(ROOT / "scripts/serve-development"), sys.executable]
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    named = re.search(r"is in use\. .* make run PORT=(\d+)$", ended.stderr)
    assert named
    # Of the default, 8000, the next one is INTERNAL_PORT.
    assert int(named[1]) > running.port + 1


def test_gunicorn_refuses_an_address_that_is_not_this_hosts() -> None:
    # From a range for documentation: https://www.rfc-editor.org/rfc/rfc5737
    assert "is 203.0.113.9. Give an address of this host" in _refusal("BIND_HOST", GUNICORN, BIND_HOST="203.0.113.9")
