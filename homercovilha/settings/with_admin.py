"""What a site with the Django admin adds to the base."""

from pathlib import Path
from typing import Any

import dj_database_url

from homercovilha.environment import SettingError, environment
from homercovilha.settings import base
from homercovilha.settings.login import *  # noqa: F403 - the same for every site that has a login.

INSTALLED_APPS = [
    "dashboard.apps.DashboardConfig",
    "axes",
    "dashboard.apps.AdminWithMetricsConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    *base.INSTALLED_APPS,
]
MIDDLEWARE = [
    *base.MIDDLEWARE,
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # Last, because it replaces the response to a login that is locked out.
    "axes.middleware.AxesMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        **base.TEMPLATES[0],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
CONTENT_SECURITY_POLICY = base.CONTENT_SECURITY_POLICY | {"form-action": "'self'"}
# Every page queries the database.
PATHS_THAT_WAIT = [""]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
ENGINES = ("django.db.backends.postgresql", "django.db.backends.sqlite3")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

PROMETHEUS_URL = environment.PROMETHEUS_URL
PROMETHEUS_USERNAME = environment.PROMETHEUS_USERNAME
PROMETHEUS_PASSWORD = environment.PROMETHEUS_PASSWORD
SUPERUSER_USERNAME = environment.DJANGO_SUPERUSER_USERNAME
SUPERUSER_PASSWORD = environment.DJANGO_SUPERUSER_PASSWORD
SUPERUSER_EMAIL = environment.DJANGO_SUPERUSER_EMAIL


def database(default: str) -> dict[str, Any]:
    """Return DATABASES for DATABASE_URL, or for the URL `default` if it is unset.

    Raises SettingError for a URL that is not one of a database this site supports.
    """
    url = environment.DATABASE_URL
    try:
        parsed = dict(dj_database_url.parse(url or default))
    except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError, ValueError):
        parsed = {}
    if parsed.get("ENGINE") not in ENGINES:
        # Not the value: it may hold a password.
        raise SettingError("DATABASE_URL", "is not a database's URL. Give postgres://… or sqlite:////path/to/file")
    if url and parsed["ENGINE"] == ENGINES[1] and not Path(parsed["NAME"]).parent.is_dir():
        raise SettingError("DATABASE_URL", f"names the file {parsed['NAME']}, whose directory is missing. Create it")
    if parsed["ENGINE"] == ENGINES[0]:
        # Without it, a PostgreSQL that hangs would block every thread that connects. 2 s is libpq's minimum.
        # If its machine is gone, the system would wait for a response for up to two hours.
        gone = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30_000}
        parsed["OPTIONS"] = {"connect_timeout": 2} | gone | parsed.get("OPTIONS", {})
    return {"default": parsed}
