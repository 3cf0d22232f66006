"""Whole, valid connections do not stop a replica that has no edge before it."""

import os

import pytest

from tests.support.attack import Attack, visit
from tests.support.servers import Gunicorn

VISITORS = 24
# The whole time of the promise: ATTACK_SECONDS=20.
SECONDS = float(os.environ.get("ATTACK_SECONDS", "4"))
MOST_SECONDS, MOST_TIMES = 0.25, 10


@pytest.mark.usefixtures("static_files")
def test_visitors_are_served_beside_clients_that_never_end() -> None:
    with Gunicorn(WEB_CONCURRENCY="2") as site:
        before = visit(site, VISITORS, 0)
        with Attack(site):
            beside = visit(site, VISITORS, SECONDS)
    slowest, usual = max(beside.seconds), max(before.seconds)
    print(
        f"\nslowest of {VISITORS} visitors: {slowest * 1000:.0f} ms beside the attack, {usual * 1000:.0f} ms before it"
    )
    assert (before.failed, beside.failed) == (0, 0)
    # A busy machine is slow without an attack too.
    assert slowest < max(MOST_SECONDS, MOST_TIMES * usual)
