"""The first superuser comes from the environment, and coming again does no harm."""

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command

from homercovilha.environment import read
from tests.dashboard.conftest import PASSWORD

pytestmark = pytest.mark.django_db

COMMAND = "dashboard.management.commands.ensure_superuser.environment"


class Run:
    """Runs the command with these variables, and returns what it said."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def __call__(self, **given: str | None) -> str:
        variables = {"username": "homer", "password": PASSWORD} | given
        environ = {f"DJANGO_SUPERUSER_{name.upper()}": value for name, value in variables.items() if value}
        self.monkeypatch.setattr(COMMAND, read(environ))
        call_command("ensure_superuser", stdout=(said := StringIO()))
        return said.getvalue()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    return Run(monkeypatch)


def test_superuser_is_made(run: Run) -> None:
    assert run(email="homer@example.org") == "The superuser 'homer' was made.\n"

    user = User.objects.get()
    assert (user.is_superuser, user.is_staff, user.email) == (True, True, "homer@example.org")
    assert user.check_password(PASSWORD)


def test_again_changes_nothing(run: Run) -> None:
    run()
    before = User.objects.values().get()

    assert run(password="another-password-of-mine") == "The user 'homer' exists; nothing was changed.\n"
    assert User.objects.values().get() == before


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
