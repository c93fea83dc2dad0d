"""The product with its demo company on a free port, for scripts that look at it from outside.

Only under `./run screenshots` and `./run bench`, whose servers are thrown away afterwards.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from funnel.devservices import environment, home, processes, up

ARGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]  # Chromium's
PATIENCE = 60


@contextmanager
def demo():
    """Address of the web server as `./run` starts it, the demo company loaded and counted."""
    with tempfile.TemporaryDirectory() as folder:
        unfinished, log = Path(folder, "demo"), Path(folder, "web.log")
        command = [sys.executable, "-m", "funnel.devservices.prepare", str(unfinished)]
        subprocess.run(command, cwd=home.CHECKOUT, check=True)
        port = processes.free_port(9300)
        env = os.environ | environment.WEB_LIMITS
        server = processes.start(up.web_command(port), log=log, farewell=signal.SIGTERM, env=env, cwd=home.CHECKOUT)
        try:
            url = f"http://{processes.LOOPBACK}:{port}"
            deadline = time.monotonic() + PATIENCE
            while not up.answers(f"{url}/"):
                if server.poll() is not None or time.monotonic() > deadline:
                    sys.exit(f"The web server did not start:\n{log.read_text()}")
                time.sleep(0.1)
            yield url
        finally:
            processes.stop(server, (signal.SIGTERM, 10))


def log_in(page, user):
    """As one of the demo's people."""
    page.goto("/accounts/login/")
    page.fill("#id_login", user)
    page.fill("#id_password", "demo")
    page.press("#id_password", "Enter")
    page.wait_for_url("**/today/")
