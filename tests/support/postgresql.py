"""A real PostgreSQL for tests, on a loopback port with a folder of its own."""

import os
import pwd
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.programs import require
from tests.support.servers import free_port


@dataclass(frozen=True)
class Server:
    """A running server: the URL of an empty database on it, and its directory."""

    url: str
    data: str

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop all of its processes inside, as when its machine hangs: the kernel goes on accepting connections."""
        postmaster = int((Path(self.data) / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGSTOP)
        children = [*map(int, Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split())]
        _send(children, signal.SIGSTOP)
        try:
            yield
        finally:
            _send([postmaster, *children], signal.SIGCONT)


@contextmanager
def postgresql() -> Iterator[str]:
    """Start a server, yield the URL of an empty database on it, and end it."""
    with running() as server:
        yield server.url


@contextmanager
def running() -> Iterator[Server]:
    """Start a server, yield it, and end it."""
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: int(folder.parent.name))
    programs = versions[-1] if versions else Path(require("initdb")).parent
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="postgresql") as folder:
        data = f"{folder}/data"
        if os.geteuid() == 0:
            # It refuses to run as root; the package has made this user.
            os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
        _run(programs / "initdb", "--pgdata", data, "--username=tester", "--auth=trust", "--no-sync", "--encoding=UTF8")
        options = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} -c fsync=off"
        _run(programs / "pg_ctl", "--pgdata", data, "--wait", "--log", f"{folder}/log", "--options", options, "start")
        try:
            yield Server(f"postgres://tester@127.0.0.1:{port}/postgres", data)
        finally:
            _run(programs / "pg_ctl", "--pgdata", data, "--mode=immediate", "stop")


def _send(processes: list[int], number: signal.Signals) -> None:
    for pid in processes:
        # The process of a connection may have ended on its own.
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _run(*command: str | Path) -> None:
    as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.geteuid() == 0 else []
    # Not a pipe: the server would hold it open, and the wait for its end would not end.
    with tempfile.TemporaryFile("w+") as output:
        done = subprocess.run([*as_postgres, *command], cwd="/", stdout=output, stderr=output, check=False)
        output.seek(0)
        if done.returncode:
            pytest.fail(f"{command[0]} failed: {output.read()}")
