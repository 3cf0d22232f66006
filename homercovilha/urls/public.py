"""The URLs of the public site's port."""

from exporter.urls import urlpatterns as exporter_patterns
from pages.urls import urlpatterns as page_patterns

handler500 = "homercovilha.errors.server_error"
# Not included as a resolver of its own: each request would pay for it.
urlpatterns = [*page_patterns, *exporter_patterns]
