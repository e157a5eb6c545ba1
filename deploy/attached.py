"""Runs a command that ends when its parent does: ``attached.py COMMAND ARGUMENT …``.

When supervisord is killed, or dies with its terminal, its children would live on and keep their
ports, and ``make stop`` would know nothing of them. Only Linux offers a signal for that.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent = os.getppid()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we asked
            return
    os.execv(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
