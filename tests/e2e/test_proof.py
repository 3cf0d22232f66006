"""The promise: what Prometheus says is what was served. `make proof` prints the table.

Ten times in a row: for run in $(seq 10); do make proof || break; done
"""

import pytest

from dashboard.queries import PAGES
from tests.e2e.proof import VANISHES, Proof, run

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def proof(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Proof:
    request.getfixturevalue("static_files")
    proof = run(tmp_path_factory.mktemp("proof"))
    print(f"\n{proof.table()}")
    return proof


@pytest.mark.parametrize("page", PAGES)
def test_exact_total_is_what_was_served(proof: Proof, page: str) -> None:
    total = proof.reported["exact total"][page]

    assert proof.answered[page] - proof.vanished.answered_since[page] <= total
    assert total <= proof.answered[page] + proof.failed[page]


@pytest.mark.parametrize("page", PAGES)
def test_exact_total_of_a_rolling_update_is_what_was_served_in_it(proof: Proof, page: str) -> None:
    # Nothing vanished in the second half, so nothing may be missing.
    second = proof.second_half
    assert second.answered[page] <= proof.second_half_reported[page] <= second.answered[page] + second.failed[page]


def test_no_request_fails_during_a_rolling_update(proof: Proof) -> None:
    assert proof.rolling_update_failures == 0


def test_every_count_of_every_replica_was_scraped_but_for_the_one_that_vanished(proof: Proof) -> None:
    counted, scraped = dict(proof.counted), dict(proof.last_scraped)
    vanished = counted.pop(VANISHES) - scraped.pop(VANISHES)

    assert scraped == counted
    for page in PAGES:
        assert vanished[page] <= proof.vanished.answered_since[page] + proof.failed[page]


def test_the_replica_that_vanished_takes_at_most_one_scrape_interval_with_it(proof: Proof) -> None:
    # The last scrape has all that was answered before it began, and no later one could have had the replica.
    for page in PAGES:
        assert proof.vanished.answered_before[page] <= proof.vanished.scraped[page]
    assert proof.vanished.later == []


def test_no_counter_falls(proof: Proof) -> None:
    assert proof.resets == 0


@pytest.mark.parametrize("page", PAGES)
def test_increase_is_the_exact_total_but_for_what_it_extrapolates(proof: Proof, page: str) -> None:
    total = proof.reported["exact total"][page]
    assert total <= proof.reported["sum(increase())"][page] * (1 + 1e-9) <= total + proof.extrapolated[page] + 1


@pytest.mark.parametrize("way", ["usual: one target", "usual: summed endpoint"])
def test_usual_ways_are_wrong_in_the_same_run(proof: Proof, way: str) -> None:
    # If they were right here, the scenario would prove nothing. They say too much or, if a scrape falls, too little.
    for page in PAGES:
        assert not proof.answered[page] <= proof.reported[way][page] <= proof.answered[page] + proof.failed[page]
