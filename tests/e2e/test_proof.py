"""The promise: what Prometheus says is what was served. `make proof` prints the table."""

import pytest

from tests.e2e.proof import SCRAPE_INTERVAL_SECONDS, VANISHES, Proof, run
from tests.load import PAGES

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def proof(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Proof:
    request.getfixturevalue("static_files")
    proof = run(tmp_path_factory.mktemp("proof"))
    print(f"\n{proof.table()}")
    return proof


@pytest.mark.parametrize("page", PAGES)
def test_exact_total_is_what_was_served(proof: Proof, page: str) -> None:
    missing_at_most = proof.unscraped[page]
    total = proof.reported["exact total"][page]

    assert proof.answered[page] - missing_at_most <= total <= proof.answered[page] + proof.failed[page]


@pytest.mark.parametrize("page", PAGES)
def test_exact_total_of_a_range_is_what_was_served_in_it(proof: Proof, page: str) -> None:
    # Nothing vanished in the second half: there nothing may be missing.
    assert proof.second_half_answered[page] <= proof.second_half_reported[page]
    assert proof.second_half_reported[page] <= proof.second_half_answered[page] + proof.failed[page]


def test_every_count_of_every_replica_was_scraped_but_for_the_one_that_vanished(proof: Proof) -> None:
    counted, scraped = dict(proof.counted), dict(proof.last_scraped)
    vanished = counted.pop(VANISHES)
    vanished_scraped = scraped.pop(VANISHES)

    assert scraped == counted
    for page in PAGES:
        assert 0 <= vanished[page] - vanished_scraped[page] <= proof.unscraped[page] + proof.failed[page]


def test_the_replica_that_vanished_takes_at_most_one_scrape_interval_with_it(proof: Proof) -> None:
    # A scrape may have been under way that it did not live to answer.
    assert proof.unscraped_seconds <= SCRAPE_INTERVAL_SECONDS + proof.longest_scrape_seconds


def test_increase_is_within_three_percent(proof: Proof) -> None:
    for page in PAGES:
        assert proof.reported["sum(increase())"][page] == pytest.approx(proof.answered[page], rel=0.03)


def test_usual_ways_are_wrong_in_the_same_run(proof: Proof) -> None:
    # Were they right here, the scenario would prove nothing.
    for page in PAGES:
        assert proof.reported["usual: one target"][page] > 1.5 * proof.answered[page]
        assert proof.reported["usual: summed endpoint"][page] > 1.05 * proof.answered[page]


def test_no_request_fails_during_a_rolling_update(proof: Proof) -> None:
    assert proof.rolling_update_failures == 0
