"""The WSGI application that gunicorn serves; the public site unless told otherwise."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homercovilha.settings.public")

application = get_wsgi_application()
