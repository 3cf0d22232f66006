"""What the dashboard shows, as a thing that one can have a permission for, and what it remembers without Prometheus."""

from django.db import models


class Metrics(models.Model):
    """No table: it stands for the metrics in the admin's index, with the permission `dashboard.view_metrics`."""

    class Meta:
        managed = False
        default_permissions = ("view",)
        verbose_name = verbose_name_plural = "metrics"


class Sample(models.Model):
    """What all replicas had counted `at` a time, in seconds since 1970: `sources.history.Pods`."""

    at = models.FloatField(unique=True)
    pods = models.JSONField()

    class Meta:
        default_permissions = ()
