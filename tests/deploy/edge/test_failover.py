"""Which edge takes the reserved IP over, when, and what stops it, against the stand-in of DigitalOcean's API."""

import pytest

from tests.deploy.edge.conftest import ASKED, TAKEN, World, failover
from tests.digitalocean.server import Fault


def test_the_standby_takes_over_at_the_third_failure(world: World) -> None:
    world.site.status = 503
    assert world.steps(failover.FAILURES - 1) == []
    assert world.steps(1) == [ASKED, TAKEN]
    assert world.holder is world.standby


def test_nothing_happens_while_the_site_answers_now_and_then(world: World) -> None:
    for status in (200, 503, 503, 200, 503, 503, 200):
        world.site.status = status
        assert world.steps(1) == []


@pytest.mark.parametrize("own", [503, 500])
def test_an_edge_that_cannot_reach_the_site_either_does_not_take_over(world: World, own: int) -> None:
    world.site.status, world.own.status = 503, own
    assert world.steps(10) == []


def test_the_holder_only_looks(world: World) -> None:
    world.reserved["droplet"] = world.standby
    world.site.status = 503
    assert world.steps(failover.FAILURES) == [ASKED]
    assert world.watch.step() >= 30 - failover.PERIOD


def test_an_ip_that_no_droplet_has_is_taken(world: World) -> None:
    world.reserved["droplet"] = None
    world.site.status = 503
    world.steps(failover.FAILURES)
    assert world.holder is world.standby


def test_a_pending_event_is_waited_out(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.api.faults.append(Fault("POST", "/v2/reserved_ips/127.0.0.1/actions", 422, "already has a pending event"))
    world.site.status = 503
    assert world.steps(failover.FAILURES) == [ASKED, TAKEN]
    assert "422" in (said := capsys.readouterr().out)
    assert "already has a pending event" in said
    assert world.holder is world.active
    assert world.steps(1) == [ASKED, TAKEN]
    assert world.holder is world.standby


def test_it_stops_when_the_site_answers_meanwhile(world: World) -> None:
    world.api.faults.append(Fault("POST", "/v2/reserved_ips/127.0.0.1/actions", 422))
    world.site.status = 503
    world.steps(failover.FAILURES)
    world.site.status = 200
    assert world.steps(failover.FAILURES) == []
    assert world.holder is world.active


@pytest.mark.parametrize("status", [401, 404, 429, 500, 503])
def test_an_error_of_the_api_ends_nothing(world: World, status: int) -> None:
    world.api.faults.append(Fault("GET", "/v2/reserved_ips/127.0.0.1", status, times=3))
    world.site.status = 503
    world.steps(failover.FAILURES + 2)
    assert world.holder is world.active
    world.steps(1)
    assert world.holder is world.standby


def test_an_api_that_does_not_answer_ends_nothing(world: World) -> None:
    world.watch.call_url = "http://127.0.0.1:9/v2/reserved_ips/127.0.0.1"
    world.site.status = 503
    assert world.steps(failover.FAILURES + 2) == []


def test_two_edges_that_judge_differently_do_not_toss_the_ip(world: World) -> None:
    world.site.status = 503
    world.steps(failover.FAILURES)
    world.site.status = 200
    world.steps(1)
    assert world.holder is world.standby
    # The other edge takes it back, since to it the site does not answer through this one.
    world.reserved["droplet"] = world.active
    world.site.status = 503
    assert world.steps(20) == []
    world.watch.hold_until = 0.0
    assert world.steps(1) == [ASKED, TAKEN]


def test_two_edges_to_which_the_site_never_answers_soon_stop_moving_the_ip(world: World) -> None:
    other = failover.Watch(world.site.address, world.active["id"], world.api.url, world.api.token, world.own.address)
    world.site.status = 503
    calls = []
    for _ in range(20):
        calls += world.steps(1)
        world.api.account.settle()
        before = len(world.api.calls)
        other.step()
        calls += world.api.calls[before:]
        world.api.account.settle()

    assert calls.count(TAKEN) == 2 * failover.TRIES
    # Five minutes later it tries again.
    world.watch.tries = [at - failover.HOLD for at in world.watch.tries]
    world.reserved["droplet"] = world.active
    assert TAKEN in world.steps(1)


def test_both_standby_and_only_one_has_it_in_the_end(world: World) -> None:
    other = failover.Watch(world.site.address, world.active["id"], world.api.url, world.api.token, world.own.address)
    world.reserved["droplet"] = None
    world.site.status = 503
    for _ in range(failover.FAILURES):
        world.watch.step()
        other.step()
    # The later one has it; the site answers, and neither calls the API again.
    world.site.status = 200
    before = len(world.api.calls)
    assert [world.steps(1), other.step(), world.steps(1), other.step()] == [[], failover.PERIOD] * 2
    assert world.api.calls[before:] == []
    assert world.holder is world.active
