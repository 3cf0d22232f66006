"""Logging of Django and gunicorn: formats, and standard output as the only destination."""

import logging
from typing import Any

from homercovilha.request_id import current_request_id


class RequestFilter(logging.Filter):
    """Adds the id of the current request, or an empty text, to each record.

    A client's error (a status below 500) becomes a warning without a traceback: Django logs a wrong Host, which any
    client can send any number of times, as an error with one.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id.get()
        # Django puts the whole request, and runserver its socket, into the record: neither is JSON.
        record.__dict__.pop("request", None)
        if 400 <= record.__dict__.get("status_code", 0) < 500:
            record.exc_info = None
            record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


def configuration() -> dict[str, Any]:
    """Return the logging configuration for production: one JSON object per line."""
    return _configuration(
        {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
        }
    )


def readable_configuration() -> dict[str, Any]:
    """Return the logging configuration for development: plain lines."""
    return _configuration({"format": "%(levelname)s %(name)s: %(message)s"})


def _configuration(formatter: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"request": {"()": RequestFilter}},
        "formatters": {"line": formatter},
        "handlers": {
            "stdout": {
                "class": "logging.StreamHandler",
                "stream": "ext://sys.stdout",
                "formatter": "line",
                "filters": ["request"],
            }
        },
        "root": {"handlers": ["stdout"], "level": "INFO"},
        "loggers": {
            # Both frameworks add handlers, which would log everything twice.
            name: {"handlers": [], "propagate": True, "level": "INFO"}
            for name in ("django", "django.server", "gunicorn.error", "gunicorn.access")
        },
    }
