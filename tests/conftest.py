"""What many tests share."""

import fcntl
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.servers import ROOT

# Debian lets a process open 1,024 files; tests that make many replicas in one process, or many connections, need more.
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 8192)), hard))

# `make test` tries the same generated cases each time, however slow the machine is; `make fuzz` tries new ones.
settings.register_profile("gate", deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
settings.register_profile("fuzz", deadline=None, suppress_health_check=list(HealthCheck), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "gate"))


@pytest.fixture(scope="session", autouse=True)
def static_files() -> Path:
    """Return the folder of the collected static files, which a site under gunicorn needs as in the image.

    They are collected once a run, before any test of any worker of pytest-xdist: a site that starts while they are
    written would miss some.
    """
    folder = ROOT / "staticfiles"
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    collected = ROOT / ".development" / "collectstatic.run"
    with (ROOT / ".development" / "collectstatic.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if collected.exists() and collected.read_text() == run:
            return folder
        environ = {**os.environ, "SECRET_KEY": "not needed for this", "ALLOWED_HOSTS": "localhost"}
        command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
        # At the same time: the first tests of all workers wait for both.
        sites = [
            subprocess.Popen(
                command, cwd=ROOT, env={**environ, "DJANGO_SETTINGS_MODULE": f"homercovilha.settings.{site}"}
            )
            for site in ("public", "admin")
        ]
        assert [site.wait() for site in sites] == [0, 0]
        collected.write_text(run)
    return folder


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long tests first: one that began as the last would let the other processes wait for it."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run where CI=true and anything was skipped: a bar that is not shown does not hold."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter and reporter.stats.get("skipped"):
        reporter.write_line("With CI=true nothing may be skipped.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
