"""The Django app of the dashboard, and the admin that it stands in."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class DashboardConfig(AppConfig):
    name = "dashboard"
    verbose_name = "Monitoring"


class AdminWithMetricsConfig(AdminConfig):
    """The Django admin, whose index begins with the metrics."""

    default_site = "dashboard.site.MetricsFirst"
