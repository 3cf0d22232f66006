"""Make the first superuser, without a prompt."""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction

from homercovilha.environment import VARIABLES, environment


class Command(BaseCommand):
    """Harmless to run again: a user who exists is left as they are, password and all."""

    help = "Make the superuser of DJANGO_SUPERUSER_USERNAME and _PASSWORD, unless the user exists."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make the user; raise CommandError where the environment does not say who, or the password is too weak."""
        username, password = environment.superuser_username, environment.superuser_password
        if not username or not password:
            missing = "DJANGO_SUPERUSER_USERNAME" if not username else "DJANGO_SUPERUSER_PASSWORD"
            raise CommandError(f"{missing} is not set. Set it: {VARIABLES[missing]}")
        users = get_user_model()
        user = users(username=username, email=environment.superuser_email, is_staff=True, is_superuser=True)
        if users.objects.filter(username=username).exists():
            self.stdout.write(f"The user {username!r} exists; nothing was changed.")
            return
        try:
            validate_password(password, user)
            user.set_password(password)
            user.clean_fields()
        except ValidationError as error:
            raise CommandError(f"The superuser {username!r} cannot be made: {' '.join(error.messages)}") from None
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError:
            # Another pod was faster.
            self.stdout.write(f"The user {username!r} exists; nothing was changed.")
            return
        self.stdout.write(f"The superuser {username!r} was made.")
