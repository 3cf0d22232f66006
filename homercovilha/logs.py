"""Where log lines go and how they look: Django's and gunicorn's alike, on standard output."""

import logging
from typing import Any

from homercovilha.request_id import current_request_id


class RequestFilter(logging.Filter):
    """Gives each record the id of the request in whose course it was made, or an empty text.

    A request that a visitor got wrong (an answer below 500) is a warning without a traceback: Django has both an
    error and a traceback for a wrong Host, which anybody can send as often as they like.
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
    """Return the logging configuration of a site in production: one JSON object a line, for machines."""
    return _configuration(
        {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s %(request_id)s",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
        }
    )


def readable_configuration() -> dict[str, Any]:
    """Return a logging configuration with plain lines, for people."""
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
            # Both frameworks set handlers of their own, which would say everything twice.
            name: {"handlers": [], "propagate": True, "level": "INFO"}
            for name in ("django", "django.server", "gunicorn.error", "gunicorn.access")
        },
    }
