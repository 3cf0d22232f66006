"""The URLs of the admin site's port."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

handler403 = "dashboard.errors.forbidden"
handler500 = "homercovilha.errors.server_error"
admin_patterns = [
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/metrics", RedirectView.as_view(pattern_name="dashboard:metrics", query_string=True)),
    path("admin/metrics/", include("dashboard.urls")),
    path("admin/", admin.site.urls),
]
urlpatterns = [path("", RedirectView.as_view(pattern_name="admin:index")), *admin_patterns]
