"""What the tests share that need guests, images and pods."""

import signal
from pathlib import Path

import pytest

# The first test of a folder waits until its machines are built, or its image.
SECONDS = 1800


def pytest_sessionstart() -> None:
    """Let a test run that is terminated still end what it started."""
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("terminated"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests of this folder more time than others have."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.timeout(SECONDS))
