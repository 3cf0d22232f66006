"""Queries to Prometheus' HTTP API: https://prometheus.io/docs/prometheus/latest/querying/api/"""

import asyncio
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import aiohttp

# 50 pods over 60 points are 1.5 MB; a response to one of our queries is never larger.
LARGEST_RESPONSE = 8 * 1024 * 1024
QUERIES_AT_ONCE = 6
# Sums and products of what is smaller are finite, and JSON has no infinity.
LARGEST_NUMBER = 1e100
# Half of a surrogate pair cannot be encoded.
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]..")


class PrometheusError(Exception):
    """A sentence: what was wrong with a response of Prometheus, and what to do."""


class Series(NamedTuple):
    """The labels of one series, and its values by their time in seconds since 1970, None for what is not finite."""

    labels: Mapping[str, str]
    values: dict[float, float | None]

    def finite(self) -> dict[float, float]:
        """Return the values that are numbers."""
        return {at: value for at, value in self.values.items() if value is not None}


class Client:
    """A Prometheus server, with one deadline in seconds for all queries. What fails becomes a sentence in `problems`.

    Redirects are never followed: they would carry the credentials to another host.
    """

    def __init__(self, url: str, username: str | None, password: str | None, deadline: float) -> None:
        parts = urlsplit(url)
        self.name = f"Prometheus at {parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        self.problems: list[str] = []
        self._api = f"{url.rstrip('/')}/api/v1"
        self._headers = {"Accept-Encoding": "identity", "User-Agent": "homercovilha-dashboard"}
        if username:
            self._headers["Authorization"] = aiohttp.encode_basic_auth(username, password or "")
        self._deadline = deadline

    async def __aenter__(self) -> Self:
        self._end = asyncio.get_running_loop().time() + self._deadline
        connector, no_timeout = aiohttp.TCPConnector(limit=QUERIES_AT_ONCE), aiohttp.ClientTimeout(total=None)
        self._session = aiohttp.ClientSession(connector=connector, headers=self._headers, timeout=no_timeout)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def series(
        self, query: str, start: float, end: float | None = None, step: float = 1.0
    ) -> list[Series] | None:
        """Return the series of `query` from `start` to `end`, a value each `step` seconds, or at `start` alone.

        None if Prometheus did not send them.
        """
        times = {"start": f"{start:.3f}", "end": f"{end or start:.3f}", "step": f"{step:.3f}"}
        data = await self.get("query_range", {"query": query} | times)
        try:
            return None if data is None else [_parsed(one) for one in data["result"]]
        except (KeyError, TypeError, ValueError, OverflowError, IndexError):
            self.note("sends something that is not its API's JSON. Check that PROMETHEUS_URL names Prometheus itself.")
            return None

    async def by_pod(self, query: str, at: float) -> dict[str, float]:
        """Return the values of `query` at a time by pod, or its only value by "?"."""
        found = await self.series(query, at) or []
        return {one.labels.get("pod", "?"): value for one in found for value in one.finite().values()}

    async def get(self, path: str, parameters: Mapping[str, str]) -> Any:
        """Return the data of a response of the API, None if there are none."""
        try:
            async with asyncio.timeout_at(self._end):
                return self._data(*await self._response(path, parameters))
        except PrometheusError as error:
            problem = str(error)
        except TimeoutError:
            problem = (
                f"did not answer within {self._deadline:g} seconds. "
                "Check its load and the network, or choose a shorter range."
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            problem = (
                f"cannot be reached ({str(error) or type(error).__name__}). "
                "Check that it runs, that PROMETHEUS_URL is right and that the network lets it through."
            )
        self.note(problem)
        return None

    def note(self, problem: str) -> None:
        """Add a problem, once."""
        sentence = f"{self.name} {problem}"
        if sentence not in self.problems:
            self.problems.append(sentence)

    async def _response(self, path: str, parameters: Mapping[str, str]) -> tuple[int, str | None, bytes]:
        url = f"{self._api}/{path}"
        async with self._session.get(url, params=parameters, allow_redirects=False) as response:
            body = bytearray()
            async for part in response.content.iter_any():
                body += part
                if len(body) > LARGEST_RESPONSE:
                    raise PrometheusError(f"sends more than {LARGEST_RESPONSE} bytes. Choose a shorter range.")
            return response.status, response.headers.get("Location"), bytes(body)

    def _data(self, status: int, location: str | None, body: bytes) -> Any:
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise PrometheusError(
                f"refuses the dashboard (HTTP {status}). Check PROMETHEUS_USERNAME and PROMETHEUS_PASSWORD."
            )
        if location:
            raise PrometheusError(f"redirects to {location[:200]!r}. Set PROMETHEUS_URL to Prometheus' own address.")
        if status == HTTPStatus.SERVICE_UNAVAILABLE and not body.startswith(b"{"):
            raise PrometheusError(f"is still starting (HTTP {status}). Wait until it has read its data.")
        try:
            document = json.loads(SURROGATE.sub(b"?", body))
            if document["status"] == "success":
                return document["data"]
            error = str(document["error"])[:300]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise PrometheusError(
                f"sends something that is not its API's JSON (HTTP {status}). "
                "Check that PROMETHEUS_URL names Prometheus itself, and look at its log."
            ) from None
        raise PrometheusError(f"reports an error (HTTP {status}): {error}")


def _parsed(one: dict[str, Any]) -> Series:
    times, texts = zip(*one["values"], strict=True)
    if not 0 <= min(times) <= max(times) < LARGEST_NUMBER:
        raise ValueError(times)
    values = [value if abs(value) < LARGEST_NUMBER else None for value in map(float, texts)]
    labels = {str(name): str(value) for name, value in dict(one["metric"]).items()}
    return Series(labels, dict(zip(times, values, strict=True)))
