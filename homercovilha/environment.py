"""The settings that come from environment variables: a table of parsers, defaults and meanings. Read nowhere else."""

import os
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, NoReturn, TypeVar

from homercovilha import parsers

T = TypeVar("T")


class SettingError(Exception):
    """A setting that cannot work. The message is one sentence with its name, the problem and the remedy."""

    def __init__(self, name: str, problem_and_remedy: str) -> None:
        super().__init__(f"homercovilha: {name} {problem_and_remedy}.")


@contextmanager
def exit_on_error() -> Iterator[None]:
    """End the process with the sentence of a SettingError, without a traceback. For entry points."""
    try:
        yield
    except SettingError as error:
        sys.exit(str(error))


class Variable(Generic[T]):
    """An environment variable, parsed each time that it is read.

    `parse` returns the value of a text that is not blank, or raises ValueError with the problem and the remedy.
    `default_text` describes a default that is not a constant.
    """

    def __init__(self, parse: Callable[[str], T], default: T, meaning: str, default_text: str = "") -> None:
        self.parse, self.default, self.meaning, self.default_text = parse, default, meaning, default_text

    def __set_name__(self, _owner: type, name: str) -> None:
        self.name = name

    def __get__(self, environment: "Environment", _owner: type) -> T:
        value = environment.variables.get(self.name)
        if value is None:
            return self.default
        if not value.strip():
            raise SettingError(self.name, "is empty. Give it a value, or unset it")
        try:
            return self.parse(value)
        except ValueError as error:
            raise SettingError(self.name, str(error)) from None


class Environment:
    """The settings in `variables`. Reading one raises SettingError if its value cannot work."""

    DJANGO_SETTINGS_MODULE = Variable(
        parsers.settings_module,
        None,
        "which site: `homercovilha.settings.public`, `.admin` or `.development`",
        "public under gunicorn, development for `manage.py`",
    )
    SECRET_KEY = Variable(str, None, "Django's secret key", "none; required outside development")
    ALLOWED_HOSTS = Variable(
        parsers.comma_list(parsers.allowed_host),
        list[str](),
        "comma list of the names and addresses that visitors use, without scheme and port",
        "none; required outside development",
    )
    BIND_HOST = Variable(parsers.ip_address, "0.0.0.0", "IP address that gunicorn listens on")  # noqa: S104 - it is a server.
    PORT = Variable(parsers.number(65535), 8000, "port of the site")
    INTERNAL_PORT = Variable(parsers.number(65535), 8001, "port of this replica's own metrics and of the probes")
    WEB_CONCURRENCY = Variable(parsers.number(128), 2, "number of gunicorn workers, 1 to 128")
    WEB_THREADS = Variable(
        parsers.number(256),
        4,
        "threads of each worker, for each of the two ports, 1 to 256; "
        "they serve requests that wait: `/metrics`, and everything on the admin site",
    )
    PROMETHEUS_MULTIPROC_DIR = Variable(
        Path,
        None,
        "directory where all workers count; one that outlives the process keeps the counts over a restart; "
        "each server needs its own",
        "a temporary directory",
    )
    METRICS_TOKEN = Variable(
        parsers.comma_list(parsers.token),
        list[str](),
        "bearer token that the public `/metrics` requires; "
        "a comma list accepts each of them, so that it can be rotated without a gap",
        "unset: open",
    )
    PEERS = Variable(
        parsers.comma_list(parsers.peer),
        list[tuple[str, int]](),
        "comma list of `host:port` of the replicas' internal ports; a name means all its addresses",
        "unset: a single replica",
    )
    POD_NAME = Variable(parsers.pod_name, socket.gethostname(), "value of the label `pod`", "the host name")
    PROMETHEUS_URL = Variable(
        parsers.url, None, "Prometheus that the dashboard queries, such as `http://10.0.0.5:9090`"
    )
    PROMETHEUS_USERNAME = Variable(str, None, "user name for its basic authentication")
    PROMETHEUS_PASSWORD = Variable(str, None, "password of that user")
    DATABASE_URL = Variable(
        str,
        None,
        "the admin site's database: `postgres://user:password@host:5432/name` or `sqlite:////path/to/file`",
        "a SQLite file: `/data/db.sqlite3`, in development `.development/db.sqlite3`",
    )
    DJANGO_SUPERUSER_USERNAME = Variable(str, None, "superuser of the admin site, for `manage.py ensure_superuser`")
    DJANGO_SUPERUSER_PASSWORD = Variable(
        str, None, "the superuser's password; `ensure_superuser` replaces a different one"
    )
    DJANGO_SUPERUSER_EMAIL = Variable(str, "", "the superuser's e-mail address")
    HOMERCOVILHA_VERSION = Variable(str, "unknown", "version in `homercovilha_build_info`")
    HOMERCOVILHA_REVISION = Variable(str, "unknown", "revision in `homercovilha_build_info`")

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables

    def check(self) -> None:
        """Raise SettingError for the first variable whose value cannot work."""
        for name in VARIABLES:
            getattr(self, name)
        if self.PORT == self.INTERNAL_PORT:
            raise SettingError("INTERNAL_PORT", f"is {self.PORT}, as PORT is. Give them different numbers")


VARIABLES = {name: value for name, value in vars(Environment).items() if isinstance(value, Variable)}
environment = Environment(os.environ)


def missing(name: str) -> NoReturn:
    """Raise the SettingError of a required variable that is not set."""
    raise SettingError(name, f"is not set. Set it: {VARIABLES[name].meaning}")
