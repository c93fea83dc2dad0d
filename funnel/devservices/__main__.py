"""`python -m funnel.devservices COMMAND`, which is what `./run COMMAND` calls."""

from __future__ import annotations

import signal
import sys

from funnel.devservices import commands
from funnel.devservices.account import NoAccount
from funnel.devservices.servers import ServerFailed
from funnel.devservices.up import Stopped, up


def main(name: str = "up", *arguments: str) -> int:
    if name == "up":
        return up()
    known = {
        "test": commands.test,
        "manage": commands.manage,
        "bench": commands.bench,
        "screenshots": commands.screenshots,
        "check": commands.check,
    }
    return known[name](list(arguments))


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a script's background job would start deaf to it
    try:
        sys.exit(main(*sys.argv[1:]))
    except (ServerFailed, NoAccount) as problem:
        sys.exit(f"./run: {problem}")
    except (KeyboardInterrupt, Stopped):
        sys.exit(130)
