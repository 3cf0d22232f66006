"""Real servers for tests: each on ports of its own, ended with everything it started."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parent.parent.parent
# The kernel may name the same port twice, as long as nobody listens there.
_given_ports: set[int] = set()


def free_port(host: str = "127.0.0.1") -> int:
    """Return a TCP port of the loopback address `host` that nobody listens on, each time another.

    It is below those that Linux gives to outgoing connections: else a load test next door could take it.
    """
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        if port in _given_ports:
            continue
        _given_ports.add(port)
        with socket.socket() as probe:
            try:
                probe.bind((host, port))
            except OSError:
                continue
        return port


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; names of headers are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def get(url: str, headers: Mapping[str, str] | None = None, method: str = "GET", timeout: float = 15) -> Answer:
    """Return the answer to one request, whatever its status."""
    request = urllib.request.Request(url, headers=dict(headers or {}), method=method)
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return Answer(response.status, _lower(response.headers.items()), response.read())
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _lower(error.headers.items()), error.read())


def wait_until_it_answers(url: str, process: subprocess.Popen[bytes], seconds: float = 120) -> None:
    """Return when the URL answers; raises AssertionError when the process ends first or the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert process.poll() is None, f"{process.args!r} ended with {process.returncode}"
        try:
            get(url, timeout=5)
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError(f"{url} did not answer within {seconds} s")


class Gunicorn:
    """The site under its own gunicorn.conf.py, as in production; a context manager."""

    module = "gunicorn"
    arguments: tuple[str, ...] = ()
    cwd = ROOT

    def __init__(self, host: str = "127.0.0.1", site: str = "public", log: Path | None = None, **environ: str) -> None:
        self.host, self.log = host, log
        self.port, self.internal_port = free_port(host), free_port(host)
        self.environ = {
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": f"homercovilha.settings.{site}",
            "SECRET_KEY": "a key for tests alone, and long enough for them",
            "ALLOWED_HOSTS": f"{host},localhost",
            "BIND_HOST": host,
            "PORT": str(self.port),
            "INTERNAL_PORT": str(self.internal_port),
            **environ,
        }
        self.port, self.internal_port = int(self.environ["PORT"]), int(self.environ["INTERNAL_PORT"])

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def internal_url(self) -> str:
        return f"http://{self.host}:{self.internal_port}"

    def start(self) -> Self:
        """Start it and return when it answers."""
        output = self.log.open("ab") if self.log else subprocess.DEVNULL
        self.process = subprocess.Popen(
            [sys.executable, "-m", self.module, *self.arguments],
            cwd=self.cwd,
            env=self.environ,
            stdout=output,
            stderr=output,
        )
        if not isinstance(output, int):
            output.close()
        try:
            wait_until_it_answers(f"{self.internal_url}/livez", self.process)
        except BaseException:
            # A context manager whose entry fails is not left by its exit.
            if self.process.poll() is None:
                self.stop()
            raise
        return self

    def workers(self) -> list[int]:
        """Return the process ids of its workers."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def stop(self) -> int:
        """Let it drain and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=40)

    def kill(self) -> None:
        """Let it vanish, as with its node: arbiter and workers at once."""
        workers = self.workers()
        for pid in (self.process.pid, *workers):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self.process.poll() is None:
            self.stop()


def _lower(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers}
