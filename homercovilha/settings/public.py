"""The public site: two pages and the metrics. No database, no sessions, no cookies, no admin."""

from homercovilha.environment import environment, required
from homercovilha.settings.base import *  # noqa: F403 - a site is the base and what it adds.

SECRET_KEY = required("SECRET_KEY", environment.secret_key)
ALLOWED_HOSTS = required("ALLOWED_HOSTS", environment.allowed_hosts)
ROOT_URLCONF = "homercovilha.urls.public"

STORAGES = {
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
