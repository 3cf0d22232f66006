"""The login to the Django admin: accounts, lockout, sessions.

The site has no public route: it is reached through `kubectl port-forward`, as http://127.0.0.1:<port>.
So there is no TLS, and neither HSTS nor Secure cookies: not every browser keeps a Secure cookie of http://127.0.0.1,
and HSTS would make other sites on the operator's localhost unreachable.
"""

from datetime import timedelta
from typing import Any
from unicodedata import normalize

from django.http import HttpRequest

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

# The page after a login without `next`, or with another host's.
LOGIN_REDIRECT_URL = "admin:index"

# Ten guesses per user name in a quarter of an hour, whether or not the user exists.
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
# Guesses during a lockout do not prolong it: otherwise an attacker could lock the user out indefinitely.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
# Through a port-forward every client has the address 127.0.0.1: locking that out would lock out all users.
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_VERBOSE = False


def attempted_username(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Return the user name of a login as Django compares it, cut to the width of axes' column."""
    return normalize("NFKC", (credentials or request.POST).get("username") or "")[:255]


AXES_USERNAME_CALLABLE = attempted_username
# Not in the index: `manage.py axes_list_attempts` lists the failed logins.
AXES_ENABLE_ADMIN = False
AXES_LOCKOUT_TEMPLATE = "dashboard/locked.html"
SILENCED_SYSTEM_CHECKS = [
    "axes.W006",  # No lock by address, see above.
    "security.W001",  # homercovilha.headers.HeadersMiddleware sets the headers of Django's SecurityMiddleware.
    *("security.W004", "security.W008", "security.W012", "security.W016"),  # No TLS, see above.
]

# Browsers share the cookies of 127.0.0.1 between all its ports: with these names, no other site overwrites them.
SESSION_COOKIE_NAME = "homercovilha_session"
CSRF_COOKIE_NAME = "homercovilha_csrf"
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 8 * 3_600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# With "no-referrer" browsers also hide a form's Origin, which Django's CSRF check needs.
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
