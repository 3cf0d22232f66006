"""What many tests share."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers import ROOT


@pytest.fixture(scope="session")
def static_files() -> Path:
    """Return the folder of the collected static files, which a site under gunicorn needs as in the image."""
    folder = ROOT / "staticfiles"
    with (ROOT / ".development" / "collectstatic.lock").open("w") as lock:
        # Workers of pytest-xdist would write the same files at the same time.
        fcntl.flock(lock, fcntl.LOCK_EX)
        environ = {**os.environ, "DJANGO_SETTINGS_MODULE": "homercovilha.settings.admin"}
        environ |= {"SECRET_KEY": "not needed for this", "ALLOWED_HOSTS": "localhost"}
        command = [sys.executable, "manage.py", "collectstatic", "--no-input", "--verbosity=0"]
        subprocess.run(command, cwd=ROOT, env=environ, check=True)
    return folder


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail the run where CI=true and anything was skipped: a bar that is not shown does not hold."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter and reporter.stats.get("skipped"):
        reporter.write_line("With CI=true nothing may be skipped.", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
