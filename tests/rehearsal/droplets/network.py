"""Networks of a test's own: namespaces joined by bridges, out of reach of everything else on the machine."""

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

CLONE_NEWNET = 0x40000000


class Network:
    """Namespaces with names of its own; a context manager that removes them all.

    Two networks, as on DigitalOcean: `public` (203.0.113.0/24) and `vpc` (10.231.7.0/24), each a bridge in a namespace.
    """

    def __init__(self) -> None:
        self._prefix = f"homercovilha-{os.getpid()}-"
        self._made: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in self._made:
            _ip("netns", "delete", self._prefix + name)

    def path(self, name: str) -> Path:
        """Return the file that stands for the namespace."""
        return Path("/run/netns") / (self._prefix + name)

    def add(self, name: str) -> None:
        """Make a namespace that reaches only itself."""
        _ip("netns", "add", self._prefix + name)
        self._made.append(name)
        self._ip(name, "link", "set", "lo", "up")

    def bridge(self, name: str, bridge: str, *addresses: str) -> None:
        """Give the namespace a bridge, on which it has the addresses (CIDR) itself."""
        self._ip(name, "link", "add", bridge, "type", "bridge")
        self._ip(name, "link", "set", bridge, "up")
        for address in addresses:
            self._ip(name, "address", "add", address, "dev", bridge)

    def join(self, name: str, interface: str, address: str, at: str, bridge: str) -> None:
        """Join a namespace to a bridge in the namespace `at`, under the address (CIDR)."""
        port = f"{name[:10]}-port"
        peer = ("peer", "name", port, "netns", self._prefix + at)
        self._ip(name, "link", "add", interface, "type", "veth", *peer)
        self._ip(at, "link", "set", port, "master", bridge, "up")
        self._ip(name, "address", "add", address, "dev", interface)
        self._ip(name, "link", "set", interface, "up")

    def address(self, name: str, interface: str, address: str) -> None:
        """Give an interface of the namespace a further address (CIDR)."""
        self._ip(name, "address", "add", address, "dev", interface)

    def move(self, address: str, interface: str, old: str | None, new: str) -> None:
        """Take the address (CIDR) from an interface of one namespace, if any, and give it to that of another."""
        if old:
            self._ip(old, "address", "delete", address, "dev", interface)
        self.address(new, interface, address)
        for name in self._made:
            self._ip(name, "neighbour", "flush", "all")

    def cable(self, name: str, state: str, *interfaces: str) -> None:
        """Pull the interfaces' cables ("down"): what is sent is lost; or plug them in again ("up")."""
        for interface in interfaces:
            self._ip(name, "link", "set", interface, state)

    @contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """Let this thread, and the processes and threads it starts, see the namespace's network alone."""
        with Path("/proc/thread-self/ns/net").open("rb") as home:
            _enter(self.path(name))
            try:
                yield
            finally:
                _set_namespace(home.fileno())

    def _ip(self, name: str, *arguments: str) -> None:
        _ip("-netns", self._prefix + name, *arguments)


def _enter(path: Path) -> None:
    with path.open("rb") as namespace:
        _set_namespace(namespace.fileno())


def _set_namespace(descriptor: int) -> None:
    # os.setns came with Python 3.12.
    library = ctypes.CDLL(None, use_errno=True)
    if library.setns(descriptor, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


def _ip(*arguments: str) -> None:
    subprocess.run(["/usr/sbin/ip", *arguments], check=True)
