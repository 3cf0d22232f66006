"""gunicorn's ASGI worker, with the limits on connections that gunicorn has no settings for.

Clients get only so long for each step, workers share the connections evenly, and a stop does not wait for idle ones.
"""

import asyncio
import mmap
import os
import socket
from collections.abc import Callable
from contextlib import suppress
from heapq import nsmallest
from math import inf
from typing import Any

from gunicorn.asgi import protocol
from gunicorn.workers.gasgi import ASGIWorker

from homercovilha.header_syntax import Parser

# gunicorn has no setting for it.
protocol.PythonProtocol = Parser

HEAD_SECONDS = 10
"""Time for a client to send the first request's headers. Further ones have the time of an idle connection."""
RESPONSE_SECONDS = 30
"""Time for a client to read a response."""
CLOSE_SECONDS = 2
"""Time for a client to close a connection after its last response."""
STOP_SECONDS = 5
"""Time for a further request on an idle connection while the worker stops."""
SPREAD = 2
"""A worker with this many connections more than another one still accepts the next at once."""
AT_ONCE = 2
"""Connections accepted before the open ones are served again: four cost a worker 2 MB more."""

# How many connections each worker has, by slot, in memory that all of them share.
ABSENT = 1 << 30
_open = memoryview(mmap.mmap(-1, 4 * 256)).cast("i")


def leave(slot: int) -> None:
    """Mark the slot as one without a worker."""
    _open[slot] = ABSENT


for _slot in range(len(_open)):
    leave(_slot)


class Protocol(protocol.ASGIProtocol):
    """One connection. gunicorn's timer for idle connections is the deadline of every step that a client may delay."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._eof = self._closed = False
        super().connection_made(transport)
        self.worker.note(self, is_open=True)
        self._set_deadline(HEAD_SECONDS, self._keepalive_timeout)

    def data_received(self, data: bytes) -> None:
        # After the last response, what a client still sends is read and dropped.
        if not self._closed:
            super().data_received(data)

    def eof_received(self) -> bool:
        """Return whether to stay open: a client may close its side of the connection and still read the response."""
        self._eof = True
        if self._body_receiver and not self._body_receiver._complete:
            self._body_receiver.signal_disconnect()
        return self._current_request is not None and not self._closed

    def connection_lost(self, exc: Exception | None) -> None:
        if self._current_request is None:
            # Let the task end now. gunicorn would keep it, with all that was received, for three seconds.
            self._request_ready.set()
            self._task = None
        super().connection_lost(exc)
        self.worker.note(self, is_open=False)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._set_deadline(RESPONSE_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._cancel_keepalive_timer()

    @property
    def deadline(self) -> float:
        """When the client must have done its step; endless if it is the server's turn."""
        return self._keepalive_handle.when() if self._keepalive_handle else inf

    def _set_deadline(self, seconds: float, end: Callable[[], None]) -> None:
        self._cancel_keepalive_timer()
        self._keepalive_handle = self.worker.loop.call_later(seconds, end)

    def _arm_keepalive_timer(self) -> None:
        self._set_deadline(0 if self._eof else self._keepalive, self._keepalive_timeout)

    def _cancel_keepalive_timer(self) -> None:
        # gunicorn cancels it also when its task wakes up to find the connection closing.
        if self._conn_lost_handled or not self._closed:
            super()._cancel_keepalive_timer()

    def _close_transport(self) -> None:
        # The client closes first, as long as it is quick: a server that closes while data comes resets the connection,
        # and the client may lose the response.
        if not (self._closed or self.transport.is_closing()):
            unread = self.transport.get_write_buffer_size()
            # gunicorn pauses it while an unread body waits, and a client that cannot send on reads no response.
            self._resume_reading()
            # A client that has reset the connection leaves nothing to close on this side.
            with suppress(OSError):
                (self.transport.close if self._eof else self.transport.write_eof)()
            self._set_deadline(RESPONSE_SECONDS if unread else CLOSE_SECONDS, self.transport.abort)
        self._closed = True

    def _will_close(self, *arguments: Any) -> bool:
        return self.worker.stopping or bool(super()._will_close(*arguments))

    def _is_websocket_upgrade(self, _request: Any) -> bool:
        return False


class Worker(ASGIWorker):
    """Accepts connections only while it has no more than other workers: asyncio's server could take all that wait."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stopping = False
        self.connections: set[Protocol] = set()
        self._accepting: set[asyncio.Task[Any]] = set()

    def handle_exit_signal(self) -> None:
        """Begin to stop. gunicorn would close connections whose last response did not announce it."""
        self.stopping = True

    def note(self, connection: Protocol, is_open: bool) -> None:
        """Keep track of an open or closed connection."""
        (self.connections.add if is_open else self.connections.discard)(connection)
        if not self.stopping:
            _open[self.slot] = len(self.connections)

    async def _serve(self) -> None:
        _open[self.slot] = 0
        listeners = [listener.sock for listener in self.sockets]
        for listener in listeners:
            self._listen(listener)
        while self.alive and not self.stopping and self.ppid == os.getppid():
            self.notify()
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
            if _open[self.slot] > min(_open) + SPREAD:
                self._pause(listener, 0.001)
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
            if len(self.connections) + len(self._accepting) >= self.worker_connections:
                self._close_waiting(self.worker_connections // 8)

    def _close_waiting(self, most: int) -> None:
        """Close the connections whose clients are nearest to their deadline."""
        for connection in nsmallest(most, self.connections, key=lambda connection: connection.deadline):
            if connection.deadline < inf:
                connection.transport.abort()
