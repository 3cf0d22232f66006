"""The URLs of the internal port, for peers, the kubelet and a Prometheus inside the VPC."""

from django.urls import path

from exporter import views
from homercovilha import probes

probe_patterns = [
    path("livez", probes.alive, name="livez"),
    path("readyz", probes.ready, name="readyz"),
]
urlpatterns = [path("metrics", views.own_metrics, name="own-metrics"), *probe_patterns]
