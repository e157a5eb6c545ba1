"""Says when everything is ready, and ends everything when a process cannot be kept up.

An event listener of supervisord: standard output is its protocol, so people read standard error.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from pathlib import Path

import requests
from supervisor import childutils

DEADLINE_SECONDS = 180
LINES = 12


def main() -> None:
    host = os.environ["WEB_HOST"]
    shown = "127.0.0.1" if host in {"0.0.0.0", "::"} else host
    address = f"http://{f'[{shown}]' if ':' in shown else shown}:{os.environ['WEB_PORT']}"
    threading.Thread(target=announce, args=(address,), daemon=True).start()
    while True:
        _, payload = childutils.listener.wait()
        name = childutils.get_headers(payload)["processname"]
        childutils.listener.ok()
        give_up(f"{name} crashed again and again; everything is stopped.", name)


def announce(address: str) -> None:
    wait_until_ready(address)
    say("Ready.")
    say(f"  Demo page with the widget:  {address}/")
    say(f"  Staff console:              {address}/console")


def wait_until_ready(address: str) -> None:
    """Poll the readiness probe and say what is still missing, once per change."""
    deadline = time.monotonic() + DEADLINE_SECONDS
    told: list[str] | None = None
    session = requests.Session()
    session.trust_env = False
    while True:
        missing = missing_parts(session, address)
        if not missing:
            return
        if missing != told:
            say(f"  waiting for {', '.join(missing)} …")
            told = missing
        if time.monotonic() > deadline:
            give_up(f"not ready after {DEADLINE_SECONDS} s: {', '.join(missing)}.", missing[0])
        time.sleep(0.3)


def missing_parts(session: requests.Session, address: str) -> list[str]:
    try:
        parts = session.get(f"{address}/readyz", timeout=5).json()
    except (requests.RequestException, ValueError):
        return ["web"]
    return [name for name, ready in parts.items() if not ready]


def give_up(message: str, name: str) -> None:
    """One clear line, the end of the log, and the end of supervisord, our parent."""
    log = Path(os.environ["DESK_VAR"]) / "log" / f"{name}.log"
    if log.is_file():
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()[-LINES:]:
            say(f"  | {line}")
    say(f"make: {message} The whole log: {log}")
    os.kill(os.getppid(), signal.SIGTERM)
    os._exit(0)  # from whichever thread noticed it


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
