"""gunicorn.conf.py: what it sets before the workers start."""

import subprocess
import sys
from pathlib import Path

from tests.support.servers import ROOT, Gunicorn


def test_only_this_user_can_read_the_counts(tmp_path: Path) -> None:
    program = "import runpy; runpy.run_path('gunicorn.conf.py')['directory'].make_files(1)"
    environ = Gunicorn(PROMETHEUS_MULTIPROC_DIR=str(tmp_path)).environ
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, env=environ, check=True, umask=0o022)

    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in tmp_path.iterdir()}
    assert len(modes) > 2
    assert set(modes.values()) == {"0o600"}, modes
