"""Reading the body of a request from ASGI, within limits on its size and its time."""

import asyncio
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from io import BytesIO
from typing import Any

from django.conf import settings

BODY_SECONDS = 10
"""How long a client may take to send the body."""


async def read_body(environ: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]]) -> HTTPStatus | None:
    """Put the body into `environ`, or return why the request is refused."""
    limit, body = settings.DATA_UPLOAD_MAX_MEMORY_SIZE, b""
    message: dict[str, Any] = {"more_body": True}
    if int(environ.get("CONTENT_LENGTH", 0)) > limit:
        return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while message["more_body"]:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return HTTPStatus.BAD_REQUEST
                body += message["body"]
                if len(body) > limit:
                    return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    except TimeoutError:
        return HTTPStatus.REQUEST_TIMEOUT
    environ["CONTENT_LENGTH"], environ["wsgi.input"] = str(len(body)), BytesIO(body)
    return None
