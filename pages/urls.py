"""The pages' URLs, each with and without a trailing slash: the same page, no redirect."""

from django.urls import path

from pages import views
from pages.registry import PAGES

urlpatterns = [
    # Without regular expressions: matching these costs less.
    *(path(f"{page.name}{slash}", getattr(views, page.name), name=page.name) for slash in ("", "/") for page in PAGES),
    path("", views.home, name="home"),
]
