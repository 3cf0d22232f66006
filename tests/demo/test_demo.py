"""A newcomer's walk in a fresh clone: make demo, visits, faults, and a dashboard that shows what was served."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.queries import PAGES
from demo import state
from demo.__main__ import REMEDIES, main
from demo.chaos import NOT_RUNNING, Chaos
from demo.chaos import main as start_chaos
from tests.demo.newcomer import SECONDS, Make, listening, log_in
from tests.e2e.dashboard.week import DAY
from tests.support.haproxy import Runtime
from tests.support.programs import require
from tests.support.servers import ROOT, get

# To each page.
VISITS = 50
pytestmark = pytest.mark.long
FAULTS = {"killed a worker", "killed replica", "replaced replica"}
# One alone, and a replica's two.
WORKERS_KILLED = 3


@pytest.fixture(scope="module")
def clone(static_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a fresh clone, with the tests' programs and static files."""
    folder = tmp_path_factory.mktemp("newcomer") / "clone"
    subprocess.run([require("git"), "clone", "--quiet", str(ROOT), str(folder)], check=True)
    (folder / ".programs").symlink_to(ROOT / ".programs")
    # Newer than their sources, as after the first start.
    shutil.copytree(static_files, folder / "staticfiles", copy_function=shutil.copyfile)
    return folder


@pytest.fixture
def programs() -> None:
    """Require what the demo starts."""
    for program in REMEDIES:
        require(program)


@pytest.mark.usefixtures("programs")
def test_newcomers_walk(clone: Path) -> None:
    with Make(clone, "demo") as demo:
        output = demo.wait_for(lambda output: "Ready after" in output)
        running = state.running(clone / ".development/demo.json")
        assert running
        # The port, the admin site's two, Prometheus, and two of each replica.
        assert len(addresses := listening(demo.processes())) == 10
        assert all(address.startswith("127.") for address in addresses)

        match = re.search(r"pages +(\S+)/ (?s:.*)Dashboard +(\S+)/admin/metrics/ .* password: (\S+)", output)
        assert match
        pages, admin, password = match.groups()
        for page in PAGES * VISITS:
            assert get(f"{pages}/{page}").status == 200
        chaos, read = Chaos(running), log_in(admin, password)
        assert all(answered >= VISITS for _, answered in chaos.proxy.served().values())
        with Make(clone, "demo-chaos") as faults:
            rows = faults.wait_for(lambda output: "replaced replica" in output)
            faults.end(signal.SIGINT)
        assert set(re.findall(r"killed a worker|killed replica|replaced replica", rows)) == FAULTS
        assert_served_is_counted(rows)

        served, shown = compare(chaos, read)
        for page, (requests, answered) in served.items():
            assert answered <= shown[page] <= requests
        # Only what a killed process was serving has failed, if anything has.
        assert sum(requests - answered for requests, answered in served.values()) <= WORKERS_KILLED

        assert "The demo has ended." in demo.end(signal.SIGINT)
        assert demo.processes() == []
    assert not (clone / ".development/demo.json").exists()


@pytest.mark.usefixtures("programs")
def test_sigterm_during_the_start_ends_everything(clone: Path) -> None:
    with Make(clone, "demo") as demo:
        demo.wait_for(lambda _: listening(demo.processes()))

        assert "The demo has ended." in demo.end(signal.SIGTERM)
        assert demo.processes() == []


@pytest.mark.usefixtures("programs")
def test_failure_ends_everything_and_shows_the_log(clone: Path, tmp_path: Path) -> None:
    haproxy = tmp_path / "haproxy"
    haproxy.write_text("#!/bin/sh\necho This port is not for you.; exit 1\n")
    haproxy.chmod(0o755)
    with Make(clone, "demo", PATH=f"{tmp_path}:{os.environ['PATH']}") as demo:
        assert demo.process.wait(timeout=SECONDS) != 0
        assert demo.processes() == []

    assert "The demo could not go on: " in demo.log.read_text()
    assert "This port is not for you." in demo.log.read_text()


@pytest.mark.parametrize("program", REMEDIES)
def test_missing_program_is_named_with_the_remedy(
    program: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("demo.__main__.find", lambda name: None if name == program else name)

    assert main() == 1
    printed = capsys.readouterr()
    assert f"{program} is missing. Get it with: {REMEDIES[program]}" in printed.err
    assert printed.out == ""


def test_chaos_without_a_demo_and_a_second_demo_say_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(state, "FILE", tmp_path / "demo.json")
    with pytest.raises(SystemExit, match=re.escape(NOT_RUNNING)):
        start_chaos()

    monkeypatch.setattr("demo.__main__.find", lambda name: name)
    state.State(os.getpid(), 0, str(tmp_path), "", "").write()
    # Another process has the number of a demo that was killed, and whose folder is there.
    assert state.running() is None
    monkeypatch.setattr(Runtime, "served", lambda _: {})
    assert main() == 1
    assert f"A demo is running already, as process {os.getpid()}." in capsys.readouterr().err


def assert_served_is_counted(rows: str) -> None:
    found = re.findall(r" +([\d,]+) +([\d,]+) +([\d,]+)  exact$", rows, re.MULTILINE)
    assert len(found) == rows.count("\n", rows.index("counted")) - 1 == 1 + len(FAULTS)
    for numbers in found:
        served, failed, counted = (int(number.replace(",", "")) for number in numbers)
        assert served <= counted <= served + failed


def compare(chaos: Chaos, read: Callable[[str], str]) -> tuple[dict[str, tuple[int, int]], dict[str, int]]:
    """Return what the port served and the dashboard's totals, by page, at a moment between the visitors."""
    # The dashboard's shortest range.
    time.sleep(max(0, chaos.demo.since + 61 - time.time()))
    while True:
        served = chaos.proxy.served()
        chaos.wait_for_scrape()
        since = chaos.demo.since
        document = json.loads(read(f"/admin/metrics/data.json?from={since}&to={since + DAY}"))
        if chaos.proxy.served() == served:
            return served, {page["name"]: page["total"] for page in document["pages"]}
