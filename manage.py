#!/usr/bin/env python
"""Django's command line, for the development site unless DJANGO_SETTINGS_MODULE names another."""

import os
import sys

from django.core.management import execute_from_command_line

from homercovilha.environment import environment, exit_on_error

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homercovilha.settings.development")
    with exit_on_error():
        environment.check()
        # With this variable prometheus_client would write files there. Only gunicorn's workers have a slot in it.
        os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)
        execute_from_command_line(sys.argv)
