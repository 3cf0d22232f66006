"""Run the tests that have generated cases, each time on new ones, until the time is up or one fails: `make fuzz`."""

import sys
import time

import pytest


def run(minutes: float, arguments: list[str]) -> int:
    """Run them again and again, at least once; return the exit code of the last run."""
    end = time.monotonic() + minutes * 60
    code = 0
    while code == 0:
        code = pytest.main(["-q", "-p", "no:randomly", "-m", "hypothesis", *arguments])
        if time.monotonic() > end:
            break
    return code


if __name__ == "__main__":
    raise SystemExit(run(float(sys.argv[1]), sys.argv[2:]))
