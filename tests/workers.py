"""With tests on several cores at once, each worker has a database of Valkey's to itself, as it has one of PostgreSQL's.

Loaded by `-p`, which is before Django reads its settings.
"""

import os
from urllib.parse import urlsplit

if worker := os.environ.get("PYTEST_XDIST_WORKER", ""):
    number = int(worker.removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = urlsplit(os.environ["REDIS_URL"])._replace(path=f"/{number}").geturl()
