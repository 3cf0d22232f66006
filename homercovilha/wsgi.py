"""The WSGI application: of the public site unless DJANGO_SETTINGS_MODULE names another."""

import os
from functools import lru_cache

from django.conf import settings
from django.core.cache import close_caches
from django.core.handlers.base import reset_urlconf
from django.core.handlers.wsgi import WSGIRequest
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, reset_queries
from django.http import HttpRequest

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homercovilha.settings.public")


@lru_cache(maxsize=64)
def _checked(host: str) -> str:
    request = HttpRequest()
    request.META["HTTP_HOST"] = host
    return request.get_host()


class Request(WSGIRequest):
    """A request that does not check its Host header again if it was right before: few are different."""

    def get_host(self) -> str:
        return _checked(self.META["HTTP_HOST"]) if "HTTP_HOST" in self.META else super().get_host()


application = get_wsgi_application()
application.request_class = Request
if not settings.DATABASES:
    # What Django does before and after each request costs a tenth of a page. This site has no database and no cache,
    # and the next request sets its URLconf itself.
    request_started.disconnect(reset_queries)
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
    request_finished.disconnect(close_caches)
    request_finished.disconnect(reset_urlconf)
