#!/usr/bin/env python
"""Django's command line; the development site unless told otherwise."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "homercovilha.settings.development")
    # Ends with a sentence where a setting cannot work; Django itself would end with a traceback.
    import homercovilha.environment  # noqa: F401 - it reads and judges the settings when it is imported.

    execute_from_command_line(sys.argv)
