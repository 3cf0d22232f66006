"""What all three sites have in common."""

from pathlib import Path
from typing import Any

from homercovilha import logs
from homercovilha.environment import environment

BASE_DIR = Path(__file__).resolve().parent.parent.parent

DEBUG = False
WSGI_APPLICATION = "homercovilha.wsgi.application"

INSTALLED_APPS: list[str] = ["django.contrib.staticfiles", "exporter", "pages"]
MIDDLEWARE: list[str] = [
    "homercovilha.request_id.RequestIdMiddleware",
    "exporter.middleware.ExporterMiddleware",
    "pages.middleware.PageCounterMiddleware",
    # Before WhiteNoise: it checks the Host header, which static files have to pass too.
    "homercovilha.headers.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": []},
    }
]

# Each page has one URI with and one without the slash, and both are the same page.
APPEND_SLASH = False
USE_TZ = True
# That of Covilhã, which the pages show.
TIME_ZONE = "Europe/Lisbon"
USE_I18N = False
LANGUAGE_CODE = "en"

STATIC_URL = "/static/"
# Files whose paths are fixed: /favicon.ico and /robots.txt.
WHITENOISE_ROOT = BASE_DIR / "pages" / "root"

CONTENT_SECURITY_POLICY: dict[str, str] = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
SECURE_REFERRER_POLICY = "no-referrer"
# The site is served over HTTP alone, so a header that claims HTTPS is wrong.
SECURE_PROXY_SSL_HEADER = None

# No page takes a body. This is the most that is read before a request is refused.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024

# Requests whose path begins with one of these may wait, so they run on threads; all others run in the event loop.
PATHS_THAT_WAIT = ["/metrics"]

# A page takes about a millisecond: the library's buckets begin at ten.
PROMETHEUS_LATENCY_BUCKETS = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0),
    float("inf"),
)
EXPORTER: dict[str, Any] = {
    "prefix": "homercovilha",
    "pod": environment.POD_NAME,
    "version": environment.HOMERCOVILHA_VERSION,
    "revision": environment.HOMERCOVILHA_REVISION,
    "peers": environment.PEERS,
    "is_replica": True,
    "internal_port": environment.INTERNAL_PORT,
    "tokens": environment.METRICS_TOKEN,
    "internal_views": {"/livez": "homercovilha.probes.alive", "/readyz": "homercovilha.probes.ready"},
    "uncounted_views": {"/healthz": "homercovilha.probes.healthy"},
}

LOGGING = logs.configuration()
