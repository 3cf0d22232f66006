"""The Django app of the dashboard, and the admin that it stands in."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

STATEMENT_TIMEOUT = "30s"


class DashboardConfig(AppConfig):
    name = "dashboard"
    verbose_name = "Monitoring"

    def ready(self) -> None:
        """Let no statement hold a thread, or the table that it locked, for ever."""
        connection_created.connect(_limit_statements)


class AdminWithMetricsConfig(AdminConfig):
    """The Django admin, whose index begins with the metrics."""

    default_site = "dashboard.site.MetricsFirst"


def _limit_statements(connection: BaseDatabaseWrapper, **_: object) -> None:
    # Not as a connection option: a PgBouncer in between refuses those.
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = %s", [STATEMENT_TIMEOUT])
