"""A visitor who asks for the pages in turn on one kept connection."""

import http.client
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from itertools import cycle

from tests.rehearsal.droplets.cloud import RESERVED_IP
from tests.support.load import PAGES


def answers(pause: float) -> Generator[float, None, None]:
    """Ask for ever, and yield how long each answer took, in seconds. Raises at the first that is no whole 200."""
    connection = http.client.HTTPConnection(RESERVED_IP, 80, timeout=30)
    try:
        for page in cycle(PAGES):
            began = time.perf_counter()
            connection.request("GET", f"/{page}")
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 200
            yield time.perf_counter() - began
            time.sleep(pause)
    finally:
        connection.close()


@contextmanager
def visiting(pause: float = 0.02) -> Iterator[list[float | Exception]]:
    """Ask inside, and yield the list of what came: seconds, or the error that ended it."""
    came: list[float | Exception] = []
    ended = threading.Event()

    def ask_on() -> None:
        try:
            for took in answers(pause):
                came.append(took)
                if ended.is_set():
                    return
        except (OSError, http.client.HTTPException, AssertionError) as error:
            came.append(error)

    thread = threading.Thread(target=ask_on)
    thread.start()
    try:
        yield came
    finally:
        ended.set()
        thread.join()
