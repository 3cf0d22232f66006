"""A trickle of visitors: groups of them, with rests between."""

import random
import threading
import time
from contextlib import suppress
from http.client import HTTPException
from typing import Self

from tests.e2e.dashboard.week import PAGES
from tests.support.servers import get

# In a rest Prometheus scrapes all that was served before it: then served and counted can be compared to the unit.
VISITING, RESTING = 5.0, 5.0


class Visitors:
    """Visit the pages at `url`, on average as often as the generated history says; a context manager."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._visit)

    def _visit(self) -> None:
        rate = sum(PAGES.values()) * (VISITING + RESTING) / VISITING
        while not self._end.is_set():
            rest_at = time.monotonic() + VISITING
            while time.monotonic() < rest_at and not self._end.wait(random.expovariate(rate)):
                (page,) = random.choices(list(PAGES), list(PAGES.values()))
                # HAProxy counts what failed.
                with suppress(OSError, HTTPException):
                    get(f"{self._url}/{page}")
            self._end.wait(RESTING)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()
