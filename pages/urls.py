"""The pages' URLs, each with and without a trailing slash: the same page, no redirect."""

from django.urls import path, re_path

from pages import views
from pages.registry import PAGES

urlpatterns = [
    path("", views.home, name="home"),
    *(re_path(rf"^{page.name}/?$", getattr(views, page.name), name=page.name) for page in PAGES),
]
