"""Queries to Prometheus' HTTP API: https://prometheus.io/docs/prometheus/latest/querying/api/

Everything that can go wrong becomes a PrometheusError, whose text is a sentence for the reader of the dashboard.
"""

import asyncio
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import aiohttp

# 50 pods over 170 points are 4 MB; what is larger is not an answer to a query of ours.
LARGEST_ANSWER = 8 * 1024 * 1024
QUERIES_AT_ONCE = 6

# Sums and products of what is smaller are finite, and JSON has no infinity.
LARGEST_NUMBER = 1e100


class PrometheusError(Exception):
    """What was wrong with an answer of Prometheus, and what to do: a sentence."""


class Series(NamedTuple):
    """The labels of one series, and its values with their times in seconds since 1970, None for what is no number."""

    labels: Mapping[str, str]
    points: list[tuple[float, float | None]]


class Prometheus:
    """A Prometheus server, with one deadline for all queries, so many seconds after it was entered.

    Redirects are never followed: they would carry the credentials to another host.
    """

    def __init__(self, url: str, username: str | None, password: str | None, *, deadline: float) -> None:
        parts = urlsplit(url)
        self.name = f"Prometheus at {parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        self._api = f"{url.rstrip('/')}/api/v1"
        self._headers = {"Accept-Encoding": "identity", "User-Agent": "homercovilha-dashboard"}
        if username:
            self._headers["Authorization"] = aiohttp.encode_basic_auth(username, password or "")
        self._deadline = deadline

    async def __aenter__(self) -> Self:
        self._end = asyncio.get_running_loop().time() + self._deadline
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=QUERIES_AT_ONCE),
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=None),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def instant(self, query: str, at: float) -> list[Series]:
        """Return the series of `query` at a time; raise PrometheusError."""
        return self._series(await self.get("query", {"query": query, "time": f"{at:.3f}"}))

    async def range(self, query: str, start: float, end: float, step: float) -> list[Series]:
        """Return the series of `query` from `start` to `end`, a value each `step` seconds; raise PrometheusError."""
        times = {"start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:.3f}"}
        return self._series(await self.get("query_range", {"query": query} | times))

    async def get(self, path: str, parameters: Mapping[str, str]) -> Any:
        """Return the data of the API's answer; raise PrometheusError."""
        try:
            async with asyncio.timeout_at(self._end):
                status, location, body = await self._body(path, parameters)
        except TimeoutError:
            raise PrometheusError(
                f"{self.name} did not answer within {self._deadline:g} seconds. "
                "Check its load and the network, or choose a shorter range."
            ) from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise PrometheusError(
                f"{self.name} cannot be reached ({str(error) or type(error).__name__}). "
                "Check that it runs, that PROMETHEUS_URL is right and that the network lets it through."
            ) from None
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise PrometheusError(
                f"{self.name} refuses the dashboard (HTTP {status}). Check PROMETHEUS_USERNAME and PROMETHEUS_PASSWORD."
            )
        if location:
            raise PrometheusError(
                f"{self.name} redirects to {location[:200]!r}. Set PROMETHEUS_URL to where Prometheus itself answers."
            )
        if status == HTTPStatus.SERVICE_UNAVAILABLE and not body.startswith(b"{"):
            raise PrometheusError(f"{self.name} is still starting (HTTP 503). Wait until it has read its data.")
        return self._data(status, body)

    async def _body(self, path: str, parameters: Mapping[str, str]) -> tuple[int, str | None, bytes]:
        url = f"{self._api}/{path}"
        async with self._session.get(url, params=parameters, allow_redirects=False) as response:
            body = bytearray()
            async for part in response.content.iter_any():
                body += part
                if len(body) > LARGEST_ANSWER:
                    raise PrometheusError(
                        f"{self.name} answers with more than {LARGEST_ANSWER} bytes. Choose a shorter range."
                    )
            return response.status, response.headers.get("Location"), bytes(body)

    def _data(self, status: int, body: bytes) -> Any:
        try:
            document = json.loads(body)
            if document["status"] == "success":
                return document["data"]
            error = text(document["error"])[:300]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise PrometheusError(
                f"{self.name} answers HTTP {status} with something that is not its API's JSON. "
                "Check that PROMETHEUS_URL names Prometheus itself, and look at its log."
            ) from None
        raise PrometheusError(f"{self.name} could not answer (HTTP {status}): {error}")

    def _series(self, data: Any) -> list[Series]:
        try:
            series = [
                Series(
                    {text(name): text(value) for name, value in dict(one["metric"]).items()},
                    _points(one["values"] if "values" in one else [one["value"]]),
                )
                for one in data["result"]
            ]
            return [one for one in series if one.points]
        except (KeyError, TypeError, ValueError, OverflowError):
            raise PrometheusError(
                f"{self.name} answers in a form that is not its API's. "
                "Check that PROMETHEUS_URL names Prometheus itself."
            ) from None


def text(value: object) -> str:
    """Return a value of JSON as text that can be encoded, which half of a surrogate pair cannot."""
    written = str(value)
    return written if written.isascii() else written.encode(errors="replace").decode()


def _points(pairs: list[tuple[float, str]]) -> list[tuple[float, float | None]]:
    if pairs and not 0 <= pairs[0][0] <= pairs[-1][0] < LARGEST_NUMBER:
        raise ValueError(pairs[0])
    return [(time, value if abs(value) < LARGEST_NUMBER else None) for time, text in pairs for value in (float(text),)]
