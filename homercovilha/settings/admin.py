"""The admin site: the Django admin with the metrics dashboard. It has no public route."""

from homercovilha.settings import base
from homercovilha.settings.public import *  # noqa: F403 - a site is another site and what it adds.
from homercovilha.settings.public import static_files
from homercovilha.settings.with_admin import *  # noqa: F403 - the same.
from homercovilha.settings.with_admin import database

ROOT_URLCONF = "homercovilha.urls.admin"
STATIC_ROOT, STORAGES = static_files("admin")
DATABASES = database("sqlite:////data/db.sqlite3")

# It scrapes the replicas of the public site, and is not one of them.
EXPORTER = base.EXPORTER | {"is_replica": False}
