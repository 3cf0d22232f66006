"""Every setting that comes from the environment: read here, typed here, and nowhere else."""

import importlib.util
import ipaddress
import os
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

VARIABLES = {
    "DJANGO_SETTINGS_MODULE": "Which site: homercovilha.settings.public, .admin or .development.",
    "SECRET_KEY": "Django's secret key; required outside development.",
    "ALLOWED_HOSTS": "Comma list of names and addresses the site answers to; required outside development.",
    "BIND_HOST": "Address that gunicorn listens on.",
    "PORT": "Port of the site.",
    "INTERNAL_PORT": "Port of this replica's own metrics and of the probes.",
    "WEB_CONCURRENCY": "Number of gunicorn workers.",
    "WEB_THREADS": "Number of a worker's threads for requests that wait, for each port.",
    "PROMETHEUS_MULTIPROC_DIR": "Folder of the counts of all workers; outlives a restart.",
    "METRICS_TOKEN": "Bearer token that the public /metrics requires; a comma list accepts each of them; unset: open.",
    "PEERS": "Comma list of host:port of the replicas' internal ports; a name means all its addresses.",
    "POD_NAME": "Value of the label pod.",
    "PROMETHEUS_URL": "Prometheus that the dashboard asks.",
    "PROMETHEUS_USERNAME": "Its user, with basic authentication.",
    "PROMETHEUS_PASSWORD": "The user's password.",
    "DATABASE_URL": "The admin site's database.",
    "DJANGO_SUPERUSER_USERNAME": "Superuser of the admin site, for manage.py ensure_superuser.",
    "DJANGO_SUPERUSER_PASSWORD": "The superuser's password; manage.py ensure_superuser replaces another one.",
    "DJANGO_SUPERUSER_EMAIL": "The superuser's e-mail address.",
    "HOMERCOVILHA_VERSION": "Version in homercovilha_build_info.",
    "HOMERCOVILHA_REVISION": "Revision in homercovilha_build_info.",
}


class SettingError(SystemExit):
    """A setting that cannot work. As a SystemExit it ends the start with its sentence, wherever it is raised."""

    def __init__(self, name: str, problem_and_remedy: str) -> None:
        super().__init__(f"homercovilha: {name} {problem_and_remedy}.")


@dataclass(frozen=True)
class Environment:
    """The settings, with their types. What has no default is None or empty when it is unset."""

    secret_key: str | None
    allowed_hosts: list[str]
    bind_host: str
    port: int
    internal_port: int
    workers: int
    threads: int
    multiprocess_directory: Path | None
    metrics_tokens: list[str]
    peers: list[tuple[str, int]]
    pod_name: str
    prometheus_url: str | None
    prometheus_username: str | None
    prometheus_password: str | None
    database_url: str | None
    superuser_username: str | None
    superuser_password: str | None
    superuser_email: str
    version: str
    revision: str


def read(environ: Mapping[str, str]) -> Environment:
    """Return the settings in `environ`; raises SettingError for a value that cannot work."""

    def text(name: str) -> str | None:
        value = environ.get(name)
        if value is not None and not value.strip():
            raise SettingError(name, "is empty. Give it a value, or unset it")
        return value

    def number(name: str, default: int, largest: int) -> int:
        value = environ.get(name, str(default))
        if not re.fullmatch(r"[0-9]{1,9}", value) or not 1 <= int(value) <= largest:
            raise SettingError(name, f"is {value!r}. Give a whole number from 1 to {largest}")
        return int(value)

    def listed(name: str) -> list[str]:
        items = [item.strip() for item in (text(name) or "").split(",") if item.strip()]
        if name in environ and not items:
            raise SettingError(name, "has nothing between its commas. Give it a value, or unset it")
        return items

    port, internal_port = number("PORT", 8000, 65535), number("INTERNAL_PORT", 8001, 65535)
    if port == internal_port:
        raise SettingError("INTERNAL_PORT", f"is {port}, as PORT is. Give them different numbers")
    directory = text("PROMETHEUS_MULTIPROC_DIR")
    _check_settings_module(text("DJANGO_SETTINGS_MODULE"))
    return Environment(
        secret_key=text("SECRET_KEY"),
        allowed_hosts=[_allowed_host(item) for item in listed("ALLOWED_HOSTS")],
        bind_host=_ip_address(text("BIND_HOST") or "0.0.0.0"),  # noqa: S104 - reached from outside.
        port=port,
        internal_port=internal_port,
        workers=number("WEB_CONCURRENCY", 2, 128),
        threads=number("WEB_THREADS", 4, 256),
        multiprocess_directory=Path(directory) if directory else None,
        metrics_tokens=[_token(item) for item in listed("METRICS_TOKEN")],
        peers=[_peer(item) for item in listed("PEERS")],
        pod_name=_pod_name(text("POD_NAME") or socket.gethostname()),
        prometheus_url=_url(text("PROMETHEUS_URL")),
        prometheus_username=text("PROMETHEUS_USERNAME"),
        prometheus_password=text("PROMETHEUS_PASSWORD"),
        database_url=text("DATABASE_URL"),
        superuser_username=text("DJANGO_SUPERUSER_USERNAME"),
        superuser_password=text("DJANGO_SUPERUSER_PASSWORD"),
        superuser_email=environ.get("DJANGO_SUPERUSER_EMAIL", ""),
        version=text("HOMERCOVILHA_VERSION") or "unknown",
        revision=text("HOMERCOVILHA_REVISION") or "unknown",
    )


def required(name: str, value: T | None) -> T:
    """Return `value`, the setting `name`; raises SettingError where it is unset or empty."""
    if not value:
        raise SettingError(name, f"is not set. Set it: {VARIABLES[name].rstrip('.')}")
    return value


def _check_settings_module(name: str | None) -> None:
    try:
        found = name is None or importlib.util.find_spec(name)
    except (ImportError, ValueError):
        found = None
    if not found:
        raise SettingError(
            "DJANGO_SETTINGS_MODULE", f"is {name!r}, which is no module. Give homercovilha.settings.public"
        )


def _allowed_host(item: str) -> str:
    if not re.fullmatch(r"\*|\.?[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\]", item):
        raise SettingError("ALLOWED_HOSTS", f"has {item!r}. Give names and addresses alone, without scheme and port")
    return item


def _token(item: str) -> str:
    # The alphabet of a bearer token: https://www.rfc-editor.org/rfc/rfc6750#section-2.1
    if not re.fullmatch(r"[A-Za-z0-9._~+/-]+=*", item):
        raise SettingError(
            "METRICS_TOKEN",
            "has characters that no bearer token may have. Use letters, digits and . _ ~ + / - only",
        )
    return item


def _ip_address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise SettingError("BIND_HOST", f"is {value!r}. Give an IP address, such as 0.0.0.0 or ::") from None


def _pod_name(value: str) -> str:
    # Longer than any name in Kubernetes, a name would make an exposition longer than other replicas read.
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,253}", value):
        raise SettingError(
            "POD_NAME", f"is {value[:80]!r}. Give at most 253 letters, digits, dots, hyphens and underscores"
        )
    return value


def _peer(item: str) -> tuple[str, int]:
    match = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})", item)
    if not match or not 1 <= int(match[3]) <= 65535:
        raise SettingError("PEERS", f"has {item!r}. Give host:port for each, such as homercovilha-peers:8001")
    return match[1] or match[2], int(match[3])


def _url(value: str | None) -> str | None:
    if value is not None and not (re.fullmatch(r"https?://[^\s/@?#]+(/[^\s?#]*)?", value) and _has_good_port(value)):
        raise SettingError(
            "PROMETHEUS_URL",
            "is no address of a Prometheus. Give one such as http://10.0.0.5:9090, without user, password or query",
        )
    return value.rstrip("/") if value else None


def _has_good_port(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


environment = read(os.environ)
# prometheus_client writes into this folder from any process that has the variable, also from `manage.py migrate`.
# Only gunicorn's workers have a slot there: gunicorn.conf.py sets it again.
os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
