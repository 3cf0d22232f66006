"""What the port of the public site answers."""

from django.urls import include, path

from exporter import views

handler500 = "homercovilha.errors.server_error"
urlpatterns = [
    path("metrics", views.metrics, name="metrics"),
    path("", include("pages.urls")),
]
