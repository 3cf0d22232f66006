"""What the internal port answers: peers, the kubelet and a Prometheus inside the VPC ask there."""

from django.urls import path

from exporter import views

urlpatterns = [
    path("metrics", views.own_metrics, name="own-metrics"),
    path("livez", views.alive, name="livez"),
    path("readyz", views.ready, name="readyz"),
]
