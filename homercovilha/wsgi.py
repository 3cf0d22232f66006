"""The WSGI application that gunicorn serves; the public site unless told otherwise."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

from homercovilha.environment import SettingError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homercovilha.settings.public")

application = get_wsgi_application()
if not hasattr(settings, "ROOT_URLCONF"):
    # Any module can be loaded as settings; without URLs, every page of it would be an error.
    name = os.environ["DJANGO_SETTINGS_MODULE"]
    raise SettingError("DJANGO_SETTINGS_MODULE", f"is {name!r}, which is no site. Give homercovilha.settings.public")
