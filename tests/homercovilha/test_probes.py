"""/readyz is honest: a site whose database does not respond is not ready, one without a database is."""

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.postgresql import Server, running
from tests.support.servers import ROOT, Gunicorn, get

# The kubelet's time-outs: deploy/k8s/base/admin/deployment.yaml.
READINESS_SECONDS, LIVENESS_SECONDS = 2, 5


def test_public_site_is_ready_without_a_database() -> None:
    with Gunicorn() as server:
        assert get(f"{server.internal_url}/readyz").status == 200


def test_admin_site_is_ready_when_its_database_responds() -> None:
    with Gunicorn(site="admin", DATABASE_URL="sqlite://:memory:") as server:
        assert get(f"{server.internal_url}/readyz").status == 200
        assert get(f"{server.internal_url}/livez").status == 200


def test_admin_site_is_not_ready_when_its_database_is_away() -> None:
    away = "postgres://nobody:nothing@127.0.0.1:1/nowhere"
    with Gunicorn(site="admin", DATABASE_URL=away) as server:
        answer = get(f"{server.internal_url}/readyz")

        assert (answer.status, answer.text) == (503, "The database does not respond.\n")
        assert get(f"{server.internal_url}/livez").status == 200


@pytest.fixture(scope="module")
def database() -> Iterator[Server]:
    with running() as server:
        yield server


def test_neither_a_connection_nor_a_statement_waits_forever(database: Server) -> None:
    show = "from django.db import connection as c; k = c.cursor(); k.execute('SHOW statement_timeout'); "
    show += "print(k.fetchone()[0], c.get_connection_params()['connect_timeout'])"
    environ = {"DATABASE_URL": database.url, "DJANGO_SETTINGS_MODULE": "homercovilha.settings.development"}
    command = [sys.executable, "manage.py", "shell", "--verbosity=0", "--command", show]

    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    assert done.stdout == "30s 2\n"


def test_a_connection_to_a_machine_that_is_gone_ends_within_half_a_minute(database: Server) -> None:
    options = ["SOL_SOCKET, s.SO_KEEPALIVE"]
    options += [f"IPPROTO_TCP, s.TCP_{name}" for name in ("KEEPIDLE", "KEEPINTVL", "KEEPCNT", "USER_TIMEOUT")]
    show = "import socket as s; from django.db import connection as c; c.ensure_connection(); "
    show += "own = s.socket(fileno=c.connection.fileno()); "
    show += f"print({', '.join(f'own.getsockopt(s.{option})' for option in options)}); own.detach()"
    environ = {"DATABASE_URL": database.url, "DJANGO_SETTINGS_MODULE": "homercovilha.settings.development"}
    command = [sys.executable, "manage.py", "shell", "--verbosity=0", "--command", show]

    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
    on, idle, interval, count, unacknowledged = map(int, done.stdout.split())
    assert on
    assert idle + interval * count <= 30
    assert 0 < unacknowledged <= 30_000


def test_admin_site_lives_and_is_not_ready_while_its_database_hangs(database: Server) -> None:
    with Gunicorn(site="admin", DATABASE_URL=database.url) as server, ThreadPoolExecutor(10) as pool:
        assert get(f"{server.internal_url}/readyz").status == 200
        with database.frozen():
            # More than the server has threads, so that each of them would wait for the database.
            session = {"Cookie": "homercovilha_session=looked-up-in-the-database"}
            pages = [pool.submit(get, f"{server.url}/admin/", session, timeout=60) for _ in range(8)]
            while not all(page.done() for page in pages):
                begin = time.monotonic()
                assert get(f"{server.internal_url}/livez", timeout=LIVENESS_SECONDS).status == 200
                probed = time.monotonic()
                assert get(f"{server.internal_url}/readyz", timeout=LIVENESS_SECONDS).status == 503
                print(f"livez {probed - begin:.2f} s, readyz {time.monotonic() - probed:.2f} s")
            begin = time.monotonic()
            assert get(f"{server.internal_url}/readyz").status == 503
            assert time.monotonic() - begin < READINESS_SECONDS
        deadline = time.monotonic() + 30
        while get(f"{server.internal_url}/readyz").status != 200:
            assert time.monotonic() < deadline
