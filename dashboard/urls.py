"""The dashboard's addresses, below /admin/metrics/."""

from django.urls import path

from dashboard import views

app_name = "dashboard"
urlpatterns = [
    path("", views.metrics, name="metrics"),
    path("data.json", views.data, name="data"),
    path("health.json", views.health, name="health"),
    path("comparison.json", views.comparison, name="comparison"),
    path("data.csv", views.table, name="table"),
]
