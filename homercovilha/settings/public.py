"""The public site: two pages and the metrics. No database, no sessions, no cookies, no admin."""

from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage

from homercovilha.environment import environment, missing
from homercovilha.settings.base import *  # noqa: F403 - a site is the base and what it adds.
from homercovilha.settings.base import BASE_DIR

SECRET_KEY = environment.SECRET_KEY or missing("SECRET_KEY")
ALLOWED_HOSTS = environment.ALLOWED_HOSTS or missing("ALLOWED_HOSTS")
ROOT_URLCONF = "homercovilha.urls.public"


def static_files(site: str) -> tuple[Path, dict[str, Any]]:
    """Return STATIC_ROOT and STORAGES of a site that serves its own files, and not the manifest that lists them."""
    directory = BASE_DIR / "staticfiles" / site
    storage = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    return directory / "served", {
        "staticfiles": {"BACKEND": storage, "OPTIONS": {"manifest_storage": FileSystemStorage(directory)}}
    }


STATIC_ROOT, STORAGES = static_files("public")
