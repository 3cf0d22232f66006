"""The public site: two pages and the metrics. No database, no sessions, no cookies, no admin."""

from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage

from homercovilha.environment import environment, required
from homercovilha.settings.base import *  # noqa: F403 - a site is the base and what it adds.
from homercovilha.settings.base import BASE_DIR

SECRET_KEY = required("SECRET_KEY", environment.secret_key)
ALLOWED_HOSTS = required("ALLOWED_HOSTS", environment.allowed_hosts)
ROOT_URLCONF = "homercovilha.urls.public"


def static_files(site: str) -> tuple[Path, dict[str, Any]]:
    """Return STATIC_ROOT and STORAGES of a site that serves its own files, and not the manifest that lists them."""
    directory = BASE_DIR / "staticfiles" / site
    storage = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    return directory / "served", {
        "staticfiles": {"BACKEND": storage, "OPTIONS": {"manifest_storage": FileSystemStorage(directory)}}
    }


STATIC_ROOT, STORAGES = static_files("public")
