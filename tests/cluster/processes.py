"""The scenario's site on this machine: gunicorn processes behind HAProxy in the place of pods behind a Service."""

import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from tests.cluster.scenario import OLD_TOKEN
from tests.support.haproxy import HAProxy
from tests.support.replicas import Replicas

HOSTS = [f"127.0.0.{number}" for number in range(2, 16)]
NUMBER = 3


class Processes:
    """Three replicas on loopback addresses; each that leaves does it as a pod does. A context manager."""

    wait_for_scrape: Callable[[], None]

    def __init__(self, directory: Path) -> None:
        self._replicas = Replicas(directory / "replicas", METRICS_TOKEN=OLD_TOKEN)
        self._proxy = HAProxy(directory / "haproxy", HOSTS, self._replicas.port, self._replicas.internal_port)
        self.address = "127.0.0.1", self._proxy.port
        self._free, self._live = list(HOSTS), list[str]()

    def update(self) -> None:
        """Replace one replica: the others would not show more."""
        self._replace()

    def undo(self) -> None:
        """Replace one replica."""
        self._replace()

    def accept(self, *tokens: str) -> None:
        """Replace all replicas by ones that accept these metrics tokens."""
        self._replicas.environ["METRICS_TOKEN"] = ",".join(tokens)
        for _ in range(NUMBER):
            self._replace()

    def drain(self) -> str:
        """Replace one replica; return its address."""
        return f"{self._replace()} moved"

    def kill(self) -> None:
        """Kill a worker of one replica; kill another one as a whole and start it again with its counts."""
        first, second, _ = self._live
        os.kill(self._replicas.servers[first].workers()[0], signal.SIGKILL)
        self._replicas.servers[second].kill()
        self._replicas.servers[second].start()
        self._proxy.wait_until_up(second)

    def _start(self) -> None:
        host = self._free.pop(0)
        self._replicas.start(host)
        self._proxy.wait_until_up(host)
        self._live.append(host)

    def _replace(self) -> str:
        self._start()
        leaves = self._live.pop(0)
        self._proxy.drain(leaves)
        # As preStop's sleep: the drained replica stays until a scrape has its last counts.
        self.wait_for_scrape()
        assert self._replicas.servers[leaves].stop() == 0
        self._replicas.unlist(leaves)
        return leaves

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self._replicas)
            stack.enter_context(self._proxy)
            for _ in range(NUMBER):
                self._start()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()
