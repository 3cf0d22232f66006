"""The pages' URLs, each with and without a trailing slash: the same page, no redirect."""

from django.urls import path, re_path

from pages import views

urlpatterns = [
    path("", views.home, name="home"),
    re_path(r"^homersimpson/?$", views.homersimpson, name="homersimpson"),
    re_path(r"^covilha/?$", views.covilha, name="covilha"),
]
