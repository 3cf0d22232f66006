"""The tests whose result depends on the database run once more, on a real PostgreSQL."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.postgresql import postgresql
from tests.support.servers import ROOT

# Users with unusual names, races for one row, and locked logins; other tests only read what Django wrote.
TESTS = ["test_ensure_superuser.py", "test_login.py"]


def test_tests_of_the_admin_site_pass_on_postgresql() -> None:
    with postgresql() as url:
        environ = {**os.environ, "DATABASE_URL": url, "PYTEST_ADDOPTS": ""}
        files = [str(Path(__file__).parent / name) for name in TESTS]
        command = [sys.executable, "-m", "pytest", "--quiet", "-p", "no:cacheprovider", "-n0", *files]
        done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
