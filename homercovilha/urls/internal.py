"""The URLs of the internal port, for peers, the kubelet and a Prometheus inside the VPC."""

from django.urls import path

from exporter import views

probe_patterns = [
    path("livez", views.alive, name="livez"),
    path("readyz", views.ready, name="readyz"),
]
urlpatterns = [path("metrics", views.own_metrics, name="own-metrics"), *probe_patterns]
