"""gunicorn's ASGI worker: workers share the connections evenly, and a stop does not wait for idle ones."""

import asyncio
import mmap
import os
import signal
import socket
import time
from heapq import nsmallest
from math import inf
from typing import Any

from gunicorn.workers.gasgi import ASGIWorker

from homercovilha.connection import Protocol

STOP_SECONDS = 5
"""Time for a further request on an idle connection while the worker stops."""
SPREAD = 2
"""A worker with this many connections more than another one still accepts the next at once."""
HANG_SECONDS = 2
"""A worker that was busy for this long leaves its connections to the others."""
AT_ONCE = 2
"""Connections accepted before the open ones are served again: four cost a worker 2 MB more."""

# How many connections each worker has, by slot, in memory that all of them share.
ABSENT = 1 << 30
_open = memoryview(mmap.mmap(-1, 4 * 256)).cast("i")
# When each of them last said that it does not hang.
_seen = memoryview(mmap.mmap(-1, 8 * 256)).cast("d")


def leave(slot: int) -> None:
    """Mark the slot as one without a worker."""
    _open[slot] = ABSENT


for _slot in range(len(_open)):
    leave(_slot)


_ENDING = (signal.SIGTERM, signal.SIGQUIT, signal.SIGINT)


def _let_signals_end_it() -> None:
    """Let a signal end a worker that is starting.

    It would have the arbiter's handlers, which only note a signal: told to stop, it would stay until it is killed.
    """
    for number in _ENDING:
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)


os.register_at_fork(
    # Python forgets the signals that reach a new process before its first line.
    before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING),
    after_in_parent=lambda: signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING),
    after_in_child=_let_signals_end_it,
)


def _fewest() -> int:
    """Return the connections of the worker that has the fewest and does not hang."""
    begin = time.monotonic() - HANG_SECONDS
    return min((number for number, seen in zip(_open, _seen, strict=True) if seen > begin), default=0)


class Worker(ASGIWorker):
    """Accepts connections only while it has no more than other workers: asyncio's server could take all that wait."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stopping = False
        self.connections: set[Protocol] = set()
        self._accepting: set[asyncio.Task[Any]] = set()

    def init_signals(self) -> None:
        """Leave the signals alone until the loop runs: uvloop forgets those that come before."""

    def handle_exit_signal(self) -> None:
        """Begin to stop. gunicorn would close connections whose last response did not announce it."""
        self.stopping = True

    def note(self, connection: Protocol, is_open: bool) -> None:
        """Keep track of an open or closed connection."""
        (self.connections.add if is_open else self.connections.discard)(connection)
        if not self.stopping:
            _open[self.slot] = len(self.connections)

    async def _serve(self) -> None:
        super().init_signals()
        _open[self.slot] = 0
        listeners = [listener.sock for listener in self.sockets]
        for listener in listeners:
            self._listen(listener)
        while self.alive and not self.stopping and self.ppid == os.getppid():
            self.notify()
            _seen[self.slot] = time.monotonic()
            await asyncio.sleep(0.2)
        self.stopping = True
        leave(self.slot)
        for listener in listeners:
            self.loop.remove_reader(listener)
        await asyncio.gather(*self._accepting)
        self.loop.call_later(STOP_SECONDS, self._close_waiting, len(self.connections))
        await self._shutdown()

    def _listen(self, listener: socket.socket) -> None:
        if not self.stopping:
            self.loop.add_reader(listener, self._accept, listener)

    def _pause(self, listener: socket.socket, seconds: float) -> None:
        self.loop.remove_reader(listener)
        self.loop.call_later(seconds, self._listen, listener)

    def _accept(self, listener: socket.socket) -> None:
        for _ in range(AT_ONCE):
            most = _open[self.slot] - SPREAD
            if most > min(_open) and most > _fewest():
                self._pause(listener, 0.001)
                return
            if len(self.connections) + len(self._accepting) >= self.worker_connections:
                self._close_waiting(self.worker_connections // 8)
                # Scrapes and probes come on the last listener. They are few, and never wait for visitors.
                if listener is not self.sockets[-1].sock:
                    self._pause(listener, 0.01)
                    return
            try:
                connection, _ = listener.accept()
            except (BlockingIOError, ConnectionAbortedError):
                return
            except OSError as error:
                self.log.warning("No connection can be accepted: %s", error)
                self._close_waiting(self.worker_connections // 8)
                self._pause(listener, 0.1)
                return
            connection.setblocking(False)
            _open[self.slot] += 1
            task = self.loop.create_task(self.loop.connect_accepted_socket(lambda: Protocol(self), connection))
            self._accepting.add(task)
            task.add_done_callback(self._accepting.discard)

    def _close_waiting(self, most: int) -> None:
        """Close the connections whose clients are nearest to their deadline."""
        for connection in nsmallest(most, self.connections, key=lambda connection: connection.deadline):
            if connection.deadline < inf:
                connection.transport.abort()
