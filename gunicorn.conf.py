"""gunicorn's configuration: two ports, workers that count in slots, a stop that loses nothing."""

import errno
import gc
import os
import resource
import socket
from typing import Any

from django.conf import settings
from gunicorn import glogging

from exporter import gunicorn as exporter
from exporter.gunicorn import begin, post_fork, pre_fork  # noqa: F401 - gunicorn calls the hooks.
from exporter.multiprocess import DirectoryError
from homercovilha import logs, worker
from homercovilha.environment import SettingError, environment, exit_on_error

graceful_timeout = 20
# gunicorn makes files that all users can read. Counts are for this user alone.
os.umask(0o077)
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homercovilha.settings.public")
with exit_on_error():
    environment.check()
    if not hasattr(settings, "ROOT_URLCONF"):
        # Django loads any module as settings; without URLs, every page of it would be an error.
        module = os.environ["DJANGO_SETTINGS_MODULE"]
        raise SettingError(
            "DJANGO_SETTINGS_MODULE", f"is {module!r}, which is not a site. Give homercovilha.settings.public"
        )
    try:
        # The workers of a killed arbiter notice it within a second and then finish what they serve.
        directory = begin(environment.PROMETHEUS_MULTIPROC_DIR, wait=graceful_timeout + 10)
    except DirectoryError as error:
        raise SettingError("PROMETHEUS_MULTIPROC_DIR", error.problem) from None

_address = environment.BIND_HOST
_host = f"[{_address}]" if ":" in _address else _address
bind = [f"{_host}:{environment.PORT}", f"{_host}:{environment.INTERNAL_PORT}"]
wsgi_app = "homercovilha.asgi:application"

worker_class = "homercovilha.worker.Worker"
workers = environment.WEB_CONCURRENCY
# A worker needs descriptors beside those of its connections: for files, scrapes of peers, threads.
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
_descriptors = max(_soft, min(4096, _hard))
resource.setrlimit(resource.RLIMIT_NOFILE, (_descriptors, _hard))
worker_connections = min(1000, _descriptors // 2)
# It handles sockets in C, for less CPU time than asyncio's own loop.
asgi_loop = "uvloop"
asgi_lifespan = "off"
# A respawned worker serves at once, and the workers share the memory of what they imported.
preload_app = True

# Longer than the idle timeout of a load balancer (60 s), so that gunicorn never closes a keep-alive connection
# just when a request arrives.
keepalive = 65
# It would be a socket in the home directory, which a read-only root file system does not have.
control_socket_disable = True
# No header of a proxy is trusted: neither for the client's address nor for the site's path.
forwarded_allow_ips = ""
forwarder_headers = ""

logconfig_dict = logs.configuration()


class _Logger(glogging.Logger):
    # The edge logs each request, and the metrics count it.
    access_log_enabled = False


logger_class = _Logger


def on_starting(_arbiter: Any) -> None:
    """Exit with one sentence if a port cannot be bound; gunicorn itself would try five times, line by line."""
    host = environment.BIND_HOST
    for name, port in (("PORT", environment.PORT), ("INTERNAL_PORT", environment.INTERNAL_PORT)):
        with exit_on_error(), socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if error.errno == errno.EADDRNOTAVAIL:
                    raise SettingError(
                        "BIND_HOST", f"is {host}. Give an address of this host ({error.strerror})"
                    ) from None
                free = "a port from 1024" if error.errno == errno.EACCES else "a free port"
                problem = f"is {port}, which cannot be bound at {host} ({error.strerror}). Give {free}"
                raise SettingError(name, problem) from None


def child_exit(_arbiter: Any, ended: Any) -> None:
    """Let the other workers know that this one accepts no more connections."""
    worker.leave(ended.slot)


def when_ready(arbiter: Any) -> None:
    """Load what the workers share before they begin, templates and URLs too."""
    exporter.when_ready(arbiter)
    import uvloop  # noqa: F401 - gunicorn would import it in each worker.
    from django.template.loader import get_template
    from django.urls import get_resolver

    get_template("404.html").render()
    get_resolver().check()
    # What is loaded stays out of the garbage collector, which would write to it, and so copy it into each worker.
    gc.collect()
    gc.freeze()
