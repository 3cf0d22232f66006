"""The dashboard's entry in the admin's index."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import URLPattern

from dashboard.models import Metrics


# ModelAdmin takes a type argument in the stubs alone, not when the site runs.
@admin.register(Metrics)
class MetricsAdmin(admin.ModelAdmin):  # type: ignore[type-arg] # Django's own class takes none.
    """Lists the metrics for users who may view them; there is nothing to add, change or delete."""

    def get_urls(self) -> list[URLPattern]:
        """Return no pages: the dashboard has its own."""
        return []

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002 - Django's names.
        return False

    has_change_permission = has_delete_permission = has_add_permission
