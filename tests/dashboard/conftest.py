"""Users of the admin site, and its databases."""

from collections.abc import Iterator
from contextlib import contextmanager

import dj_database_url
import pytest
from django.contrib.auth.models import Permission, User
from django.core.management import call_command
from django.db import connection, connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from django.test import Client
from pytest_django import DjangoDbBlocker, Settings

from tests.support.postgresql import postgresql

PASSWORD = "correct-horse-battery"


@contextmanager
def _as_default(other: BaseDatabaseWrapper) -> Iterator[None]:
    usual = connections["default"]
    connections["default"] = other
    try:
        yield
    finally:
        connections["default"] = usual


@pytest.fixture(scope="session")
def on_postgresql(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[BaseDatabaseWrapper]:
    """A connection to a migrated database on a real PostgreSQL."""
    with postgresql() as url, django_db_blocker.unblock():
        other = ConnectionHandler({"default": dict(dj_database_url.parse(url))})["default"]
        with _as_default(other):
            call_command("migrate", verbosity=0)
        yield other
        other.close()


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def each_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """For tests whose result depends on the database: they run once on each that the admin site can use."""
    if request.param == "sqlite":
        yield
    else:
        with _as_default(request.getfixturevalue("on_postgresql")):
            assert connection.vendor == request.param
            yield


@pytest.fixture(autouse=True)
def fast_passwords(settings: Settings) -> None:
    """The real hash takes half a second each, on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def viewer(db: None) -> User:
    """Someone of the staff who may see the metrics, and nothing else."""
    user = User.objects.create_user("viewer", password=PASSWORD, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_metrics"))
    return user


@pytest.fixture
def staff(db: None) -> User:
    """Someone of the staff who may see nothing."""
    return User.objects.create_user("staff", password=PASSWORD, is_staff=True)


@pytest.fixture
def viewing(client: Client, viewer: User) -> Client:
    """A client that is logged in as the viewer."""
    client.force_login(viewer)
    return client
