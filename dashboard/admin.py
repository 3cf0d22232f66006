"""The dashboard's entry in the admin's index."""

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.views.generic import RedirectView

from dashboard.models import Metrics


# ModelAdmin takes a type argument in the stubs alone, not when the site runs.
@admin.register(Metrics)
class MetricsAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Leads from the index to the dashboard; there is nothing to add, change or delete."""

    def get_urls(self) -> list[URLPattern]:
        """Return the address that the index links to, which redirects to the dashboard."""
        return [path("", RedirectView.as_view(pattern_name="dashboard:metrics"), name="dashboard_metrics_changelist")]

    def has_add_permission(self, _request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Metrics | None = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Metrics | None = None) -> bool:
        return False
