"""Stops a service that `make run` started, and waits until its ports are free again."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from desk.settings import read_settings  # noqa: E402

DEADLINE_SECONDS = 30


def main() -> int:
    file = read_settings().var_dir / "supervisord.pid"
    try:
        pid = int(file.read_text())
        os.kill(pid, signal.SIGTERM)
    except (OSError, ValueError):
        print("not running")
        return 0
    deadline = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            print("stopped")
            return 0
        time.sleep(0.1)
    print(f"process {pid} does not end", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
