"""Numbers in sentences are written as people write them, also where they are rounded up to the next unit."""

import pytest

from dashboard import words


@pytest.mark.parametrize(
    ("duration", "written"),
    [(0.0043, "4.3 ms"), (0.9994, "999 ms"), (0.9996, "1 s"), (1.234, "1.23 s"), (89.6, "89.6 s"), (900, "15 minutes")],
)
def test_duration(duration: float, written: str) -> None:
    assert words.seconds(duration) == written


@pytest.mark.parametrize(
    ("share", "written"), [(0, "0 %"), (0.004, "< 0.01 %"), (0.6, "0.6 %"), (99.96, "100 %"), (1_234, "1,234 %")]
)
def test_percent(share: float, written: str) -> None:
    assert words.percent(share) == written


def test_count() -> None:
    assert [words.count(number, "replica") for number in (0, 1, 1_200)] == ["0 replicas", "1 replica", "1,200 replicas"]
