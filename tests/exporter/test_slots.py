"""Each worker has the lowest slot that no live worker holds."""

from types import SimpleNamespace

import pytest

from exporter import slots


def _arbiter(*held: int) -> SimpleNamespace:
    return SimpleNamespace(WORKERS={100 + slot: SimpleNamespace(slot=slot) for slot in held})


@pytest.mark.parametrize(
    ("held", "slot"),
    [
        ((), 0),
        ((0,), 1),
        ((1,), 0),
        ((0, 2), 1),
        # During a reload gunicorn starts the new workers before it ends the old ones.
        ((0, 1), 2),
        ((0, 1, 2), 3),
        # And when the old ones are gone, their slots are the next to be taken.
        ((2, 3), 0),
    ],
)
def test_a_new_worker_gets_the_lowest_free_slot(held: tuple[int, ...], slot: int) -> None:
    worker = SimpleNamespace()
    slots.assign(_arbiter(*held), worker)
    assert worker.slot == slot


def test_a_worker_counts_in_its_own_slot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "_current", "arbiter")
    slots.enter(SimpleNamespace(slot=3))
    assert slots._current == "3"
