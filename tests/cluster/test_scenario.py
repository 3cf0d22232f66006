"""What `make cluster` does to a cluster, done to processes: every request is counted, to the unit.

This is also the test of the documented rotation of the metrics token (docs/kubernetes.md).
"""

from collections import Counter
from pathlib import Path

import pytest

from tests.cluster import scenario
from tests.cluster.processes import Processes
from tests.cluster.scenario import Outcome

pytestmark = pytest.mark.long


def test_every_request_is_counted_through_update_undo_rotation_drain_and_kill(tmp_path: Path) -> None:
    with Processes(tmp_path) as site:
        # A replica's peers get a third of the scrape's time-out: a second, so that a busy machine's are in time.
        outcome = scenario.run(site, tmp_path, "3s")
    print(f"\n{outcome.table()}")

    assert outcome.is_exact()
    # Only where something is killed may a request fail.
    assert [step for step, _, failed in outcome.steps if failed] in ([], ["kill"])
    assert all(answered >= 100 for _, answered, _ in outcome.steps)


def test_one_request_too_few_or_too_many_is_not_exact() -> None:
    answered, failed = Counter(homersimpson=10, covilha=10), Counter(covilha=2)
    for counted, exact in ((10, True), (12, True), (9, False), (13, False)):
        outcome = Outcome(answered, failed, {"homersimpson": 10, "covilha": counted})
        assert outcome.is_exact() is exact
        assert ("do not agree" in outcome.table()) is not exact
    assert not Outcome(answered, failed, {"homersimpson": 11, "covilha": 10}).is_exact()
