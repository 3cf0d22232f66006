"""The app of the two public pages."""

from django.apps import AppConfig


class PagesConfig(AppConfig):
    name = "pages"
