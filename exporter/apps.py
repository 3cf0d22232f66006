"""The exporter as a Django app."""

from django.apps import AppConfig
from django.core.checks import register


class ExporterConfig(AppConfig):
    name = "exporter"

    def ready(self) -> None:
        from exporter.checks import check

        register(check)
