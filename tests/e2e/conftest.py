"""One site for the tests that only ask it things."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import Gunicorn


class LoggedSite(Gunicorn):
    """A site whose log can be read from where it was."""

    def logged_since(self, position: int) -> str:
        """Return what was logged since it had `position` bytes, when a moment has passed in which nothing came."""
        assert self.log
        size = -1
        while size != (size := self.log.stat().st_size):
            time.sleep(0.1)
        return self.log.read_bytes()[position:].decode()


@pytest.fixture(scope="session")
def site(static_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoggedSite]:
    """Yield a public site with two workers, open metrics and a log; tests must leave it as it was."""
    log = tmp_path_factory.mktemp("site") / "log"
    with LoggedSite(log=log, WEB_CONCURRENCY="2", WEB_THREADS="4") as server:
        yield server
