"""Both sites at once, for `manage.py runserver` on a developer's machine."""

from homercovilha import logs
from homercovilha.environment import environment
from homercovilha.settings import base
from homercovilha.settings.base import *  # noqa: F403 - a site is the base and what it adds.
from homercovilha.settings.base import BASE_DIR
from homercovilha.settings.with_admin import *  # noqa: F403 - the same.
from homercovilha.settings.with_admin import database

DEBUG = True
# Fixed, so that a reload of runserver keeps the login. This site is for 127.0.0.1 alone.
SECRET_KEY = environment.SECRET_KEY or "development-only-development-only-development-only"
ALLOWED_HOSTS = environment.ALLOWED_HOSTS
# runserver has one port for everything.
EXPORTER = base.EXPORTER | {"uncounted_views": base.EXPORTER["internal_views"] | base.EXPORTER["uncounted_views"]}
ROOT_URLCONF = "homercovilha.urls.development"

DIRECTORY = BASE_DIR / ".development"
# Nothing is collected here: runserver takes static files from the apps. WhiteNoise warns about a missing directory.
STATIC_ROOT = DIRECTORY / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
DATABASES = database(f"sqlite:///{DIRECTORY / 'db.sqlite3'}")

LOGGING = logs.readable_configuration()
