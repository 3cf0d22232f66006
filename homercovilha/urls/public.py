"""The URLs of the public site's port."""

from exporter.urls import urlpatterns as exporter_patterns
from pages.urls import urlpatterns as page_patterns

handler500 = "homercovilha.errors.server_error"
# Not by include(): a second resolver would cost time in each request.
urlpatterns = [*page_patterns, *exporter_patterns]
