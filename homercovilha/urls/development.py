"""The URLs of `manage.py runserver`: everything on one port."""

from homercovilha.urls.admin import admin_patterns
from homercovilha.urls.public import urlpatterns as public_patterns

handler403 = "dashboard.errors.forbidden"
handler500 = "homercovilha.errors.server_error"
urlpatterns = [*public_patterns, *admin_patterns]
