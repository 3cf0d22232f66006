"""The superuser comes from the environment, whose password is the truth at each start."""

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from pytest_django import Settings

from tests.dashboard.conftest import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("each_database")]


class Run:
    """Runs the command with these settings, and returns what it printed."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def __call__(self, username: str | None = "homer", password: str | None = PASSWORD, email: str | None = "") -> str:
        self.settings.SUPERUSER_USERNAME = username
        self.settings.SUPERUSER_PASSWORD = password
        self.settings.SUPERUSER_EMAIL = email
        call_command("ensure_superuser", stdout=(printed := StringIO()))
        return printed.getvalue()


@pytest.fixture
def run(settings: Settings) -> Run:
    return Run(settings)


def test_superuser_is_made(run: Run) -> None:
    assert run(email="homer@example.org") == "The superuser 'homer' was made.\n"

    user = User.objects.get()
    assert (user.is_superuser, user.is_staff, user.email) == (True, True, "homer@example.org")
    assert user.check_password(PASSWORD)


def test_same_password_again_changes_nothing(run: Run, client: Client) -> None:
    run()
    client.force_login(User.objects.get())
    before = User.objects.values().get()

    assert run() == "The user 'homer' has this password already; nothing was changed.\n"
    assert User.objects.values().get() == before
    assert client.get("/admin/").status_code == 200


def test_new_password_locks_the_old_one_and_its_sessions_out(run: Run, client: Client) -> None:
    run(email="homer@example.org")
    assert client.login(request=RequestFactory().post("/admin/login/"), username="homer", password=PASSWORD)

    printed = run(password="another-password-of-mine")

    assert printed == "The superuser 'homer' has a new password, and their sessions have ended.\n"
    user = User.objects.get()
    assert user.check_password("another-password-of-mine")
    assert not user.check_password(PASSWORD)
    assert user.email == "homer@example.org"
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"username": None}, "DJANGO_SUPERUSER_USERNAME is not set"),
        ({"password": None}, "DJANGO_SUPERUSER_PASSWORD is not set"),
        ({"password": "12345"}, "too short"),
        ({"username": "not a name"}, "valid username"),
        ({"email": "nowhere"}, "valid email"),
    ],
    ids=["no name", "no password", "weak password", "bad name", "bad address"],
)
def test_what_cannot_work_is_refused_in_a_sentence(run: Run, given: dict[str, str | None], sentence: str) -> None:
    with pytest.raises(CommandError, match=sentence) as caught:
        run(**given)

    assert not User.objects.exists()
    assert "12345" not in str(caught.value)
