#!/usr/bin/env python
"""Django's command line for this project."""

import os
import sys

from django.core.management import execute_from_command_line
from django.db import ProgrammingError

NO_TABLE = "42P01"  # what PostgreSQL calls a table that is not there

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "funnel.settings")
    try:
        execute_from_command_line(sys.argv)
    except ProgrammingError as error:
        if getattr(error.__cause__, "sqlstate", "") != NO_TABLE:
            raise
        missing = str(error).partition("\n")[0]
        sys.exit(f"The database is not up to date: {missing}. Run ./run manage migrate, or start ./run once.")
