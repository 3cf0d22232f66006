"""The admin site with the metrics at its front."""

from typing import Any

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.urls import reverse

from dashboard.models import Metrics


class MetricsFirst(AdminSite):
    """Lists the metrics before everything else, with the dashboard's own address."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Return the apps and models that the user may see, for the index and the sidebar."""
        apps = super().get_app_list(request, app_label)
        for model in (model for app in apps for model in app["models"]):
            if model["model"] is Metrics:
                model["admin_url"] = reverse("dashboard:metrics")
        return sorted(apps, key=lambda app: app["app_label"] != Metrics._meta.app_label)
