"""Programs that tests and the demo start, found where `make programs` puts them."""

import os
import shutil
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent.parent
PROMETHEUS = ROOT / ".programs/prometheus/usr/bin"
AXE = ROOT / ".programs/axe-core-4.14.1/package/axe.min.js"


def find(program: str) -> str | None:
    """Return the path of `program`, a name or a path; None if it is not installed."""
    places = (str(PROMETHEUS), str(Path(sys.executable).parent), os.environ["PATH"], "/usr/sbin", "/sbin")
    return shutil.which(program, path=":".join(places))


def require(program: str) -> str:
    """Return the path of `program`, a name or a path; without it, do what `missing` does."""
    return find(program) or missing(program)


def missing(what: str) -> NoReturn:
    """Skip the test with the remedy, or fail it where CI=true: there nothing may be skipped."""
    import pytest  # Here because `make demo` runs without the packages for tests.

    sentence = f"{what} is not here. `make programs` installs it as root on Debian, elsewhere it says how."
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)
