"""What all three sites have in common."""

from pathlib import Path

from homercovilha import logs
from homercovilha.environment import environment

BASE_DIR = Path(__file__).resolve().parent.parent.parent

DEBUG = False
WSGI_APPLICATION = "homercovilha.wsgi.application"

INSTALLED_APPS = ["django.contrib.staticfiles", "exporter", "pages"]
MIDDLEWARE = [
    "homercovilha.request_id.RequestIdMiddleware",
    "homercovilha.uncounted.UncountedMiddleware",
    "pages.middleware.PageCounterMiddleware",
    "exporter.request_metrics.RequestMetricsMiddleware",
    # Before WhiteNoise: it checks the Host header, which static files have to pass too.
    "homercovilha.headers.HeadersMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": []},
    }
]

# Each page has one URI with and one without the slash, and both are the same page.
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
LANGUAGE_CODE = "en"

STATIC_URL = "/static/"
# Files whose paths are fixed: /favicon.ico and /robots.txt.
WHITENOISE_ROOT = BASE_DIR / "pages" / "root"

CONTENT_SECURITY_POLICY = {
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
# What is asked for is served on port 80 alone; a header could only claim otherwise.
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
INTERNAL_PORT = environment.INTERNAL_PORT
METRICS_TOKENS = environment.METRICS_TOKEN
PEERS = environment.PEERS
BIND_HOST = environment.BIND_HOST
# Whether this process is one of the replicas that PEERS is about.
IS_REPLICA = True
POD_NAME = environment.POD_NAME
VERSION = environment.HOMERCOVILHA_VERSION
REVISION = environment.HOMERCOVILHA_REVISION

LOGGING = logs.configuration()
