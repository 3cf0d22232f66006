"""The WSGI application that gunicorn serves; the public site unless told otherwise."""

import os

from django.conf import settings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, reset_queries

from homercovilha.environment import SettingError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homercovilha.settings.public")

application = get_wsgi_application()
if not hasattr(settings, "ROOT_URLCONF"):
    # Any module can be loaded as settings; without URLs, every page of it would be an error.
    name = os.environ["DJANGO_SETTINGS_MODULE"]
    raise SettingError("DJANGO_SETTINGS_MODULE", f"is {name!r}, which is no site. Give homercovilha.settings.public")

if not settings.DATABASES:
    # What Django does before and after each request for a database costs a tenth of a page here.
    request_started.disconnect(reset_queries)
    request_started.disconnect(close_old_connections)
    request_finished.disconnect(close_old_connections)
