"""The admin site under gunicorn for tests and the demo, with its own database and a superuser."""

import subprocess
import sys
from pathlib import Path

from tests.support.servers import ROOT, Gunicorn

USERNAME, PASSWORD = "operator", "correct-horse-battery"
# Both in one process: to start Django costs as much as what they do.
PREPARE = """
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("ensure_superuser")
"""


def admin_site(folder: Path, password: str = PASSWORD, **environ: str) -> Gunicorn:
    """Return the site, not yet started: its database in `folder` is ready, and USERNAME can log in with `password`."""
    folder.mkdir(parents=True, exist_ok=True)
    environ = {"DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}", "WEB_CONCURRENCY": "1"} | environ
    site = Gunicorn(site="admin", log=folder / "log", **environ)
    first = {"DJANGO_SUPERUSER_USERNAME": USERNAME, "DJANGO_SUPERUSER_PASSWORD": password}
    subprocess.run(
        [sys.executable, "manage.py", "shell", "--no-imports", "--command", PREPARE],
        cwd=ROOT,
        env=site.environ | first,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return site
