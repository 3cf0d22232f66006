"""Visitors and a Prometheus at one address, while the replicas behind it are updated, rotated, drained and killed."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from tests.support.exact_totals import exact_total
from tests.support.load import PAGES, Load
from tests.support.prometheus import Prometheus

OLD_TOKEN, NEW_TOKEN = "the-old-token", "the-new-token"


class Site(Protocol):
    """Three replicas behind one address; each method returns when the replicas are ready again.

    They accept OLD_TOKEN from the start. `run` sets `wait_for_scrape`, which returns when a scrape that began after
    the call has brought the counts of every replica.
    """

    address: tuple[str, int]
    wait_for_scrape: Callable[[], None]

    def update(self) -> None:
        """Replace the replicas by a new revision."""

    def undo(self) -> None:
        """Return to the revision before."""

    def accept(self, *tokens: str) -> None:
        """Replace the replicas by ones that accept these metrics tokens."""

    def drain(self) -> str:
        """Move the replicas of one machine elsewhere; return what was done, or why it could not be."""

    def kill(self) -> None:
        """Kill a worker of one replica, and end the container of another one."""


@dataclass
class Outcome:
    """What visitors were served, in total and by step, and what Prometheus says of it."""

    answered: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    counted: dict[str, float] = field(default_factory=dict)
    steps: list[tuple[str, int, int]] = field(default_factory=list)

    def is_exact(self) -> bool:
        """Return whether every answered request was counted, and no more than were sent."""
        return all(
            self.answered[page] <= self.counted[page] <= self.answered[page] + self.failed[page] for page in PAGES
        )

    def table(self) -> str:
        """Return the outcome as a table for people."""
        lines = [f"{'':32}{'answered':>12}{'failed':>12}{'Prometheus':>12}"]
        lines += [f"{step:32}{answered:>12,}{failed:>12,}" for step, answered, failed in self.steps]
        for page in PAGES:
            counted = f"{self.counted[page]:>12,.0f}"
            lines.append(f"{f'/{page}, in all':32}{self.answered[page]:>12,}{self.failed[page]:>12,}{counted}")
        verdict = "Every answered request was counted." if self.is_exact() else "The numbers do not agree."
        return "\n".join([*lines, verdict])


def run(site: Site, directory: Path, scrape_interval: str) -> Outcome:
    """Run the scenario and return what was served and what Prometheus counted; prints each step as it begins."""
    token = directory / "token"
    token.write_text(OLD_TOKEN)
    outcome = Outcome()
    with Prometheus(directory / "prometheus", [_scrape(site, token)], scrape_interval) as prometheus:
        site.wait_for_scrape = lambda: _wait_for_scrape(prometheus)
        site.wait_for_scrape()
        # A connection for each request, as a load balancer without kept connections makes them.
        with Load(*site.address, threads=2, keep_alive=False, pause=0.03) as load:
            _step(outcome, load, "rolling update", site.update)
            _step(outcome, load, "undo", site.undo)
            _step(outcome, load, "rotation: both tokens", site.accept, NEW_TOKEN, OLD_TOKEN)
            token.write_text(NEW_TOKEN)
            prometheus.restart()
            site.wait_for_scrape()
            _step(outcome, load, "rotation: the new token alone", site.accept, NEW_TOKEN)
            _step(outcome, load, "drain", site.drain)
            _step(outcome, load, "kill", site.kill)
        # A scrape that began after the last answer contains them all.
        site.wait_for_scrape()
        outcome.answered, outcome.failed = load.answered, load.failed
        outcome.counted = {page: prometheus.value(exact_total(f"{page}_requests_total", "1d")) for page in PAGES}
    return outcome


def _wait_for_scrape(prometheus: Prometheus) -> None:
    # By the samples' own times: a peer that went while Prometheus was away keeps its last sample for five minutes.
    prometheus.wait_for(f"min(homercovilha_peer_up and timestamp(homercovilha_peer_up) > {time.time()}) == 1")


def _scrape(site: Site, token: Path) -> dict[str, object]:
    target = {"targets": ["{}:{}".format(*site.address)]}
    return {"job_name": "site", "authorization": {"credentials_file": str(token)}, "static_configs": [target]}


def _step(outcome: Outcome, load: Load, name: str, step: Any, *arguments: str) -> None:
    before = load.total(), load.failed.total()
    print(f"{name} …", flush=True)
    if said := step(*arguments):
        print(f"  {said}", flush=True)
    # Some visitors after it too, whom the replicas that are new serve.
    after = load.total() + 100
    load.wait_for(lambda: load.total() >= after)
    outcome.steps.append((name, load.total() - before[0], load.failed.total() - before[1]))
