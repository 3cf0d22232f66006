"""The exporter's URLs for a site's public port."""

from django.urls import path

from exporter import views

urlpatterns = [path("metrics", views.metrics, name="metrics")]
