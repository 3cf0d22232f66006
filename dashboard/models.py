"""What the dashboard shows, as a thing that one can have a permission for."""

from django.db import models


class Metrics(models.Model):
    """No table: it stands for the metrics in the admin's index, with the permission `dashboard.view_metrics`."""

    class Meta:
        managed = False
        default_permissions = ("view",)
        verbose_name = verbose_name_plural = "metrics"
