"""One connection of gunicorn's ASGI worker, with the limits on clients that gunicorn has no settings for."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from math import inf
from typing import Any

from gunicorn.asgi import protocol

from homercovilha import request_body
from homercovilha.http_parser import Parser


class HeaderPolicy(protocol._RequestHeaderPolicy):
    """Drops headers that a client may have forged. To ask each of them costs as much as to read them all."""

    def apply(self, request: Any, trust: Any, secure_names: frozenset[bytes]) -> None:
        names = [name for name, _ in request.headers_bytes]
        if b"_" in b"".join(names) or not secure_names.isdisjoint(names):
            super().apply(request, trust, secure_names)


# gunicorn has no settings for them.
protocol.PythonProtocol = Parser
protocol._RequestHeaderPolicy = HeaderPolicy

HEAD_SECONDS = 10
"""Time for a client to send the first request's headers. Further ones have the time of an idle connection."""
RESPONSE_SECONDS = 30
"""Time for a client to read a response."""
CLOSE_SECONDS = 2
"""Time for a client to close a connection after its last response."""
MOST_PIPELINED = 16 * 1024
"""Bytes that may wait behind a request before no more are read."""


class Protocol(protocol.ASGIProtocol):
    """One connection. gunicorn's timer for idle connections is the deadline of every step that a client may delay."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._eof = self._closed = False
        super().connection_made(transport)
        self._max_buffer_size = MOST_PIPELINED
        self._request_begun = self.worker.loop.time()
        self.worker.note(self, is_open=True)
        self._set_deadline(HEAD_SECONDS, self._keepalive_timeout)

    def data_received(self, data: bytes) -> None:
        # After the last response, what a client still sends is read and dropped.
        if not self._closed:
            super().data_received(data)

    def eof_received(self) -> bool:
        """Return whether to stay open: a client may close its side of the connection and still read the response."""
        self._eof = True
        if self._awaits_body:
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

    @property
    def deadline(self) -> float:
        """When the client must have done its step; endless if it is the server's turn."""
        if self._awaits_body:
            return float(self._request_begun) + request_body.BODY_SECONDS
        return float(self._keepalive_handle.when()) if self._keepalive_handle else inf

    @property
    def _awaits_body(self) -> bool:
        return self._body_receiver is not None and not self._body_receiver._complete

    def _set_deadline(self, seconds: float, end: Callable[[], None]) -> None:
        self._cancel_keepalive_timer()
        self._keepalive_handle = self.worker.loop.call_later(seconds, end)

    async def _serve_http_request(self, *arguments: Any) -> bool:
        """Return whether the connection stays open. The application ends with its response: it needs no task."""
        self._request_begun = self.worker.loop.time()
        # What was pipelined may end before the body.
        self._resume_reading()
        keeps = bool(await self._handle_http_request(*arguments))
        # gunicorn waits so only after a response with a body.
        if self._flow_control.write_paused:
            await self._flow_control.drain()
        if self._http1_buffered():
            # Others are served before what this client has pipelined.
            await asyncio.sleep(0)
        return keeps and not self._conn_lost_handled

    def _resume_reading(self) -> None:
        # gunicorn would read on after each request, however many wait.
        if self._http1_buffered() <= MOST_PIPELINED:
            super()._resume_reading()

    def _arm_keepalive_timer(self) -> None:
        # What was pipelined is served.
        self._resume_reading()
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
            super()._resume_reading()
            # A client that has reset the connection leaves nothing to close on this side.
            with suppress(OSError):
                (self.transport.close if self._eof else self.transport.write_eof)()
            self._set_deadline(RESPONSE_SECONDS if unread else CLOSE_SECONDS, self.transport.abort)
        self._closed = True

    def _will_close(self, *arguments: Any) -> bool:
        # A body that is not read to its end would be taken for the next request.
        return self.worker.stopping or self._awaits_body or bool(super()._will_close(*arguments))

    def _is_websocket_upgrade(self, _request: Any) -> bool:
        return False
