"""Make the superuser whom the environment names, or give them the environment's password."""

from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError, transaction


class Command(BaseCommand):
    """The environment's password is the truth at each start, so that changing it there locks the old one out."""

    help = "Make the superuser of DJANGO_SUPERUSER_USERNAME with DJANGO_SUPERUSER_PASSWORD, or change the password."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Make or change the user; raise CommandError if a variable is missing or its value is not acceptable."""
        username, password = settings.SUPERUSER_USERNAME, settings.SUPERUSER_PASSWORD
        if not username or not password:
            missing = "DJANGO_SUPERUSER_USERNAME" if not username else "DJANGO_SUPERUSER_PASSWORD"
            raise CommandError(f"{missing} is not set. Set it to the superuser's {missing.rsplit('_', 1)[1].lower()}.")
        users = get_user_model()
        found = users.objects.filter(username=username).first()
        if found and found.check_password(password):
            self.stdout.write(f"The user {username!r} has this password already; nothing was changed.")
            return
        user = found or users(username=username, email=settings.SUPERUSER_EMAIL, is_staff=True, is_superuser=True)
        try:
            validate_password(password, user)
            user.set_password(password)
            user.clean_fields()
        except ValidationError as error:
            raise CommandError(f"The superuser {username!r} cannot be saved: {' '.join(error.messages)}") from None
        try:
            with transaction.atomic():
                user.save()
        except IntegrityError:
            # Another pod made the user in the meantime, from the same environment.
            self.stdout.write(f"The user {username!r} exists; nothing was changed.")
            return
        # A changed password ends the user's sessions: they hold a hash of it.
        outcome = "has a new password, and their sessions have ended" if found else "was made"
        self.stdout.write(f"The superuser {username!r} {outcome}.")
