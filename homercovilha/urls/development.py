"""What `manage.py runserver` answers: everything on one port."""

from homercovilha.urls.admin import urlpatterns as admin_patterns
from homercovilha.urls.internal import urlpatterns as internal_patterns
from homercovilha.urls.public import urlpatterns as public_patterns

handler403 = "dashboard.errors.forbidden"
handler500 = "homercovilha.errors.server_error"
urlpatterns = [*public_patterns, *admin_patterns[1:], *internal_patterns[1:]]
