"""Programs that tests and the demo start, found where `make programs` puts them."""

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PROMETHEUS = ROOT / ".programs/prometheus/usr/bin"
AXE = ROOT / ".programs/axe-core-4.14.1/package/axe.min.js"


def find(program: str) -> str | None:
    """Return the path of `program`, a name or a path; None if it is not installed."""
    places = (str(PROMETHEUS), str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin", "/sbin")
    return shutil.which(program, path=":".join(places))


def require(program: str) -> str:
    """Return the path of `program`, a name or a path.

    Without it the test is skipped with the remedy, or failed where CI=true: there nothing may be skipped.
    """
    if found := find(program):
        return found
    import pytest  # Here because `make demo` runs without the packages for tests.

    sentence = f"{program} is not here. `make programs` installs it as root on Debian, elsewhere it says how."
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    return pytest.skip(sentence)
