"""Questions to Prometheus' HTTP API: https://prometheus.io/docs/prometheus/latest/querying/api/

Everything that can go wrong becomes a PrometheusError, whose text is a sentence for the reader of the dashboard.
"""

import base64
import http.client
import json
import math
import socket
import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

# 20 pods over 300 points are 150 kB; what is larger is not an answer to a question of ours.
# To read it holds the interpreter for a good second at the worst, which no deadline can cut short.
LARGEST_ANSWER = 2 * 1024 * 1024

# Sums and products of what is smaller are finite, and JSON has no infinity.
LARGEST_NUMBER = 1e100


class PrometheusError(Exception):
    """What was wrong with an answer of Prometheus, and what to do: a sentence."""


@dataclass(frozen=True)
class Series:
    """The labels of one series, and its values by time in seconds since 1970; None stands for what cannot be."""

    labels: Mapping[str, str]
    values: Mapping[float, float | None]

    def at(self, times: Iterable[float]) -> list[float | None]:
        """Return the values at these times, None where there is none."""
        return [self.values.get(time) for time in times]


class Prometheus:
    """A Prometheus server, asked by several threads at once until it is closed.

    `timeout` in seconds bounds each wait for the network. It cannot bound a server that drips byte by byte,
    so who asks also closes: this ends every question under way at once.
    Redirects are never followed: they would carry the credentials to another host.
    """

    def __init__(self, url: str, username: str | None = None, password: str | None = None, *, timeout: float) -> None:
        self._url = urlsplit(url)
        self._timeout = timeout
        self._headers = {"Accept": "application/json", "User-Agent": "homercovilha-dashboard", "Connection": "close"}
        if username:
            credentials = base64.b64encode(f"{username}:{password or ''}".encode()).decode()
            self._headers["Authorization"] = f"Basic {credentials}"
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] | None = set()

    def __str__(self) -> str:
        host = self._url.netloc.rpartition("@")[2]
        return f"Prometheus at {self._url.scheme}://{host}{self._url.path.rstrip('/')}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            sockets, self._sockets = self._sockets or set(), None
        for one in sockets:
            with suppress(OSError):
                # Not the method of an SSL socket: that one takes the TLS state from under the reading thread.
                socket.socket.shutdown(one, socket.SHUT_RDWR)

    def value(self, query: str, at: float) -> float | None:
        """Return the one value of `query` at a time, None where there is none; raise PrometheusError."""
        series = self._series("query", {"query": query, "time": f"{at:.3f}"})
        return next((value for one in series for value in one.values.values()), None)

    def curves(self, query: str, start: float, end: float, step: float) -> list[Series]:
        """Return the series of `query` from `start` to `end`, a value each `step` seconds; raise PrometheusError."""
        times = {"start": f"{start:.3f}", "end": f"{end:.3f}", "step": f"{step:.3f}"}
        return self._series("query_range", {"query": query} | times)

    def retention(self) -> str:
        """Return how long samples are kept, in Prometheus' own words: `15d`, `1y or 10GiB`; raise PrometheusError."""
        try:
            return str(self._ask("status/runtimeinfo", {})["storageRetention"])
        except (KeyError, TypeError):
            raise PrometheusError(f"{self} does not say how long it keeps samples.") from None

    def _series(self, path: str, parameters: Mapping[str, str]) -> list[Series]:
        try:
            series = [
                Series(
                    {_text(name): _text(value) for name, value in dict(one["metric"]).items()},
                    dict(_points(one["values"] if "values" in one else [one["value"]])),
                )
                for one in self._ask(path, parameters)["result"]
            ]
            return [one for one in series if one.values]
        except (KeyError, TypeError, ValueError, OverflowError):
            raise PrometheusError(
                f"{self} answers in a form that is not its API's. Check that PROMETHEUS_URL names Prometheus itself."
            ) from None

    def _ask(self, path: str, parameters: Mapping[str, str]) -> Any:
        status, location, body = self._get(f"{self._url.path.rstrip('/')}/api/v1/{path}?{urlencode(parameters)}")
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise PrometheusError(
                f"{self} refuses the dashboard (HTTP {status}). Check PROMETHEUS_USERNAME and PROMETHEUS_PASSWORD."
            )
        if location:
            raise PrometheusError(
                f"{self} redirects to {location[:200]!r}. Set PROMETHEUS_URL to where Prometheus itself answers."
            )
        if status == HTTPStatus.SERVICE_UNAVAILABLE and not body.startswith(b"{"):
            raise PrometheusError(
                f"{self} is not ready yet (HTTP 503). After a start it reads its data; wait a minute."
            )
        try:
            document = json.loads(body)
            if document["status"] == "success":
                return document["data"]
            error = _text(document["error"])[:300]
        except (ValueError, KeyError, TypeError, RecursionError):
            raise PrometheusError(
                f"{self} answers HTTP {status} with something that is not its API's JSON. "
                "Check that PROMETHEUS_URL names Prometheus itself, and look at its log."
            ) from None
        raise PrometheusError(f"{self} could not answer (HTTP {status}): {error}")

    def _get(self, target: str) -> tuple[int, str | None, bytes]:
        connection = self._connection()
        try:
            self._register(connection)
            connection.request("GET", target, headers=self._headers)
            with connection.getresponse() as response:
                body = response.read(LARGEST_ANSWER + 1)
        except TimeoutError:
            raise self.late() from None
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise PrometheusError(
                f"{self} cannot be reached ({str(error) or type(error).__name__}). "
                "Check that it runs, that PROMETHEUS_URL is right and that the network lets it through."
            ) from None
        finally:
            connection.close()
        if len(body) > LARGEST_ANSWER:
            raise PrometheusError(f"{self} answers with more than {LARGEST_ANSWER} bytes. Choose a shorter range.")
        return response.status, response.getheader("Location"), body

    def late(self) -> PrometheusError:
        """Return the error that says that the deadline has passed."""
        return PrometheusError(
            f"{self} did not answer within {self._timeout:g} seconds. "
            "Check its load and the network, or choose a shorter range."
        )

    def _connection(self) -> http.client.HTTPConnection:
        kinds: dict[str, type[http.client.HTTPConnection]] = {
            "http": http.client.HTTPConnection,
            "https": http.client.HTTPSConnection,
        }
        try:
            return kinds[self._url.scheme](self._url.hostname or "", self._url.port, timeout=self._timeout)
        except (KeyError, ValueError, http.client.HTTPException):
            raise PrometheusError(
                f"PROMETHEUS_URL is no address of a Prometheus: {self}. Set it to one like http://10.0.0.4:9090."
            ) from None

    def _register(self, connection: http.client.HTTPConnection) -> None:
        connection.connect()
        with self._lock:
            if self._sockets is None:
                raise TimeoutError
            self._sockets.add(connection.sock)


def _points(pairs: Iterable[tuple[float, str]]) -> Iterable[tuple[float, float | None]]:
    for time, text in pairs:
        if not math.isfinite(time):
            raise ValueError(time)
        value = float(text)
        yield float(time), value if abs(value) < LARGEST_NUMBER else None


def _text(value: object) -> str:
    # JSON may escape half a surrogate pair, which no answer of ours can be encoded with.
    return str(value).encode(errors="replace").decode()
