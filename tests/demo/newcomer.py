"""A newcomer at a terminal and a browser: runs make, logs in, and looks at what listens."""

import http.cookiejar
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from tests.support.programs import require

SECONDS = 200


class Make:
    """`make TARGET` in a session of its own, as in a terminal; a context manager that leaves no process."""

    def __init__(self, clone: Path, target: str, **environ: str) -> None:
        self.log = clone / f"{target}.log"
        venv = Path(sys.executable).parent.parent
        # The test's own environment serves, instead of one that takes a minute to make.
        command = [require("make"), target, f"VENV={venv}", f"--assume-old={venv}/runtime"]
        clean = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "MAKEFLAGS")}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=clone, env=clean | environ, stdout=log, stderr=log, start_new_session=True
            )

    def wait_for(self, condition: Callable[[str], object]) -> str:
        """Return the output when the condition holds for it."""
        deadline = time.monotonic() + SECONDS
        while not condition(output := self.log.read_text()):
            assert self.process.poll() is None, output
            assert time.monotonic() < deadline, output
            time.sleep(0.05)
        return output

    def processes(self) -> list[int]:
        """Return the ids of the session's processes, without those that have ended and that nobody waited for."""
        found = []
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                # After the name in parentheses come state, parent, process group and session.
                status, _, _, session = stat.read_text().rpartition(")")[2].split()[:4]
            except OSError:
                continue
            if int(session) == self.process.pid and status != "Z":
                found.append(int(stat.parent.name))
        return found

    def end(self, number: int) -> str:
        """Press Ctrl-C (SIGINT goes to all processes) or send the signal to make; return the whole output."""
        if number == signal.SIGINT:
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        self.process.wait(timeout=SECONDS)
        return self.log.read_text()

    def __enter__(self) -> "Make":
        return self

    def __exit__(self, *_: object) -> None:
        # So that it removes its files, too.
        self.process.terminate()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=30)
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        self.process.wait()


def log_in(url: str, password: str) -> Callable[[str], str]:
    """Return a function that reads a path of the admin site as the user whose password the demo printed."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))

    def read(path: str, **form: str) -> str:
        data = urllib.parse.urlencode(form).encode() if form else None
        with opener.open(f"{url}{path}", data, timeout=30) as response:
            return str(response.read().decode())

    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', read("/admin/login/"))
    assert token
    assert "Log out" in read(
        "/admin/login/?next=/admin/", username="operator", password=password, csrfmiddlewaretoken=token[1]
    )
    return read


def listening(pids: list[int]) -> list[str]:
    """Return the addresses, such as 127.0.0.1:80, at which the processes listen; each once."""
    sockets, found = set(), []
    for pid in pids:
        # A process, or a file that it had open, may be gone.
        with suppress(OSError):
            for link in Path(f"/proc/{pid}/fd").iterdir():
                sockets.add(str(link.readlink()))
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            (
                _,
                local,
                _,
                status,
                *_,
            ) = row.split()
            if status == "0A" and f"socket:[{row.split()[9]}]" in sockets:
                host, port = local.split(":")
                number = bytes.fromhex(host)[::-1] if table == "tcp" else bytes.fromhex(host)
                found.append(f"{'.'.join(map(str, number))}:{int(port, 16)}")
    return found
