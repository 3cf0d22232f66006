"""What happens to replicas in production: they vanish, are replaced, and lose workers."""

import os
import random
import signal
import time

from dashboard.queries import PAGES, counter
from tests.support.haproxy import HAProxy
from tests.support.prometheus import Prometheus
from tests.support.replicas import Replicas
from tests.support.servers import Gunicorn

WORKER_KILLS = 4
# A counter that each replica has from its start.
METRIC = counter(PAGES[0])


def vanish(replicas: Replicas, proxy: HAProxy, host: str, replacement: str) -> float:
    """Let a replica vanish with its node and start another; return when its end began."""
    vanished_at = time.time()
    replicas.servers[host].kill()
    replicas.unlist(host)
    replicas.start(replacement)
    proxy.wait_until_up(replacement)
    return vanished_at


def replace(
    replicas: Replicas, proxy: HAProxy, prometheus: Prometheus, old: str, new: str, metric: str = METRIC
) -> None:
    """Replace a replica as Kubernetes does: the new one first, then no more visitors, preStop's sleep, SIGTERM."""
    replicas.start(new)
    proxy.wait_until_up(new)
    proxy.drain(old)
    # preStop sleeps for longer than this takes: until a scrape that began after the last visitor.
    wait_until_scraped(prometheus, old, metric)
    assert replicas.servers[old].stop() == 0
    replicas.unlist(old)


def kill_workers(server: Gunicorn) -> None:
    """Kill one of two workers again and again."""
    for _ in range(WORKER_KILLS):
        while len(workers := server.workers()) < 2:
            time.sleep(0.01)
        os.kill(random.choice(workers), signal.SIGKILL)


def wait_until_scraped(prometheus: Prometheus, host: str, metric: str = METRIC) -> None:
    """Return when a scrape that begins from now on has the replica: so it has all that was answered until now."""
    series = f'{metric}{{job="site",pod="pod-{host}"}}'
    prometheus.wait_for(f"timestamp({series}) >= {time.time():.3f}", seconds=120)
