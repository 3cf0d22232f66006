"""The Django app of the exporter."""

from django.apps import AppConfig


class ExporterConfig(AppConfig):
    name = "exporter"
