"""Network namespaces: a network that is a test's own, with nothing else on it."""

import ctypes
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tests.support.programs import require

T = TypeVar("T")
CLONE_NEWNET = 0x40000000


def ip(*arguments: str) -> None:
    subprocess.run([require("ip"), *arguments], check=True)


@contextmanager
def namespace() -> Iterator[str]:
    """Make a network namespace with a loopback of its own, and remove it at the end."""
    name = f"pod-{secrets.token_hex(4)}"
    ip("netns", "add", name)
    try:
        ip("-n", name, "link", "set", "lo", "up")
        yield name
    finally:
        ip("netns", "del", name)


@contextmanager
def linked(*addresses: str) -> Iterator[list[str]]:
    """Make two network namespaces on one wire, each with its address (CIDR)."""
    with namespace() as left, namespace() as right:
        ip("link", "add", "wire", "netns", left, "type", "veth", "peer", "name", "wire", "netns", right)
        for name, address in zip((left, right), addresses, strict=True):
            ip("-n", name, "address", "add", address, "dev", "wire")
            ip("-n", name, "link", "set", "wire", "up")
        yield [left, right]


def inside(name: str, function: Callable[[], T]) -> T:
    """Return what `function` returns when it is called inside the network namespace."""

    def enter() -> None:
        # The network namespace is a thread's own, so this one is left with the thread.
        libc = ctypes.CDLL(None, use_errno=True)
        with Path(f"/run/netns/{name}").open() as handle:
            if libc.setns(handle.fileno(), CLONE_NEWNET):
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    with ThreadPoolExecutor(max_workers=1, initializer=enter) as thread:
        return thread.submit(function).result()


def until(condition: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait for a condition, for at most so many seconds; a connection that is refused is one that does not hold yet."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"{what}: not within {seconds} s")
