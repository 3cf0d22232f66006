"""Run every test, in parallel what can be, and say how many passed: `make test`."""

import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

PARTS = (
    # More processes than the two cores that this is made for: many tests wait for what they started.
    ("-m", "not alone", "--numprocesses=4", "--dist=loadfile", "--no-loadscope-reorder"),
    ("-m", "alone"),
)


def run(arguments: list[str]) -> int:
    """Run both parts with these arguments of pytest, also if the first one fails; return the exit code."""
    sums: Counter[str] = Counter()
    codes = set()
    with tempfile.TemporaryDirectory(prefix="homercovilha-tests-") as folder:
        for part in PARTS:
            report = Path(folder, "report.xml")
            report.unlink(missing_ok=True)
            codes.add(_pytest([*part, f"--junitxml={report}", *arguments]))
            if report.exists():
                sums += _counts(report)
    # A selection of tests may leave one of the parts without any.
    if sums["passed"]:
        codes.discard(pytest.ExitCode.NO_TESTS_COLLECTED)
    skipped = f", {sums['skipped']} skipped" if sums["skipped"] else ""
    # A part that was killed has left its last line without an end.
    print(f"\n{sums['passed']} passed, {sums['failed']} failed{skipped}", flush=True)
    # That of a part that a signal has ended is negative.
    return max(map(abs, codes))


def _pytest(arguments: list[str]) -> int:
    process = subprocess.Popen([sys.executable, "-m", "pytest", *arguments])
    try:
        return process.wait()
    except KeyboardInterrupt:
        # Ctrl-C has reached pytest too. Let it end what it started.
        process.wait()
        raise SystemExit(pytest.ExitCode.INTERRUPTED) from None


def _counts(report: Path) -> Counter[str]:
    # A test that fails and then cannot clean up has two elements, and counts once.
    outcomes: dict[tuple[str | None, str | None], str] = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 (pytest wrote it)
        name, tags = (case.get("classname"), case.get("name")), {element.tag for element in case}
        if tags & {"failure", "error"}:
            outcomes[name] = "failed"
        else:
            outcomes.setdefault(name, "skipped" if "skipped" in tags else "passed")
    return Counter(outcomes.values())


if __name__ == "__main__":
    raise SystemExit(run(sys.argv[1:]))
