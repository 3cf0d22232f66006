"""`make test` says how much passed in all, whatever happens in its parts."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.servers import ROOT

FAILS_IN_BOTH_WAYS = """
import pytest

@pytest.fixture
def broken():
    yield
    raise OSError

def test_failing(broken):
    raise AssertionError
"""
PASSES = "def test_passing(): ..."
PASSES_ALONE = "import pytest\n@pytest.mark.alone\ndef test_alone(): ..."
KILLED_ALONE = "import os, pytest\n@pytest.mark.alone\ndef test_killed(): os.kill(os.getpid(), 9)"
SKIPPED = "import pytest\n@pytest.mark.skip\ndef test_skipped(): ..."


@pytest.mark.parametrize(
    ("modules", "last_line", "exit_code"),
    [
        ([FAILS_IN_BOTH_WAYS, PASSES, PASSES_ALONE], "2 passed, 1 failed", 1),
        ([PASSES, KILLED_ALONE], "1 passed, 0 failed", 9),
        ([PASSES, SKIPPED], "1 passed, 0 failed, 1 skipped", 0),
    ],
    ids=["the first part fails", "the second part is killed", "the second part is empty"],
)
def test_last_line_sums_up_both_parts(tmp_path: Path, modules: list[str], last_line: str, exit_code: int) -> None:
    for number, module in enumerate(modules):
        (tmp_path / f"test_{number}.py").write_text(module)
    # Without plugins and processes that only take time here.
    environ = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": "-p xdist.plugin -p no:cacheprovider"}
    command = [
        sys.executable,
        "-m",
        "tests.gate",
        "--numprocesses=0",
        "-c/dev/null",
        f"--rootdir={tmp_path}",
        str(tmp_path),
    ]
    finished = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert finished.stdout.splitlines()[-1] == last_line, finished.stdout
    assert finished.returncode == exit_code
