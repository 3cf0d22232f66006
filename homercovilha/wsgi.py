"""The WSGI application: of the public site unless DJANGO_SETTINGS_MODULE names another."""

import os

from django.conf import settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, reset_queries

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homercovilha.settings.public")

application = get_wsgi_application()
if not settings.DATABASES:
    # What Django does before and after each request for a database costs a tenth of a page here.
    request_started.disconnect(reset_queries)
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
