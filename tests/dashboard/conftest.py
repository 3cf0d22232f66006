"""Users of the admin site, and its database."""

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from pytest_django import Settings

PASSWORD = "correct-horse-battery"


@pytest.fixture(autouse=True)
def fast_passwords(settings: Settings) -> None:
    """The real hash takes half a second each, on purpose."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def viewer(db: None) -> User:  # noqa: ARG001 - the user is in it.
    """Someone of the staff who may see the metrics, and nothing else."""
    user = User.objects.create_user("viewer", password=PASSWORD, is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_metrics"))
    return user


@pytest.fixture
def staff(db: None) -> User:  # noqa: ARG001 - the user is in it.
    """Someone of the staff who may see nothing."""
    return User.objects.create_user("staff", password=PASSWORD, is_staff=True)


@pytest.fixture
def viewing(client: Client, viewer: User) -> Client:
    """A client that is logged in as the viewer."""
    client.force_login(viewer)
    return client
