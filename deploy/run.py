"""Starts the product: checks, database, model, then the three processes under supervisord."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from dotenv import load_dotenv

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "deploy")]

from train import RASA_ENVIRONMENT, fitting_model  # noqa: E402

from desk.errors import InvalidSetting  # noqa: E402
from desk.settings import Settings, read_settings  # noqa: E402

# Room for the database, logs and a model.
FREE_BYTES = 200 * 10**6


def main() -> None:
    os.chdir(ROOT)
    load_dotenv(ROOT / ".env")
    try:
        settings = read_settings()
    except InvalidSetting as error:
        facts = error.facts
        stop(f"{facts['name']}={facts['value']}: expected {facts['expected']}. See .env.example.")
    need_ports(settings)
    try:
        (settings.var_dir / "log").mkdir(parents=True, exist_ok=True)
    except OSError as error:
        stop(f"DESK_VAR={settings.var_dir}: no folder can be made there ({error.strerror}).")
    if shutil.disk_usage(settings.var_dir).free < FREE_BYTES:
        stop(f"too little disk space below {settings.var_dir}; make room and run again.")
    model = fitting_model()
    print("Preparing the database …", flush=True)
    desk = [sys.executable, "-m", "desk", "init"]
    if subprocess.run(desk, env={**os.environ, "PYTHONPATH": str(ROOT)}).returncode:
        stop("the database could not be prepared; see above.")
    print("Starting …  (Ctrl-C stops everything)", flush=True)
    supervise(settings, model)


def need_ports(settings: Settings) -> None:
    """Every port free, or one line that says which is not and what to do."""
    for name, host, port in (
        ("WEB_PORT", settings.web_host, settings.web_port),
        ("ACTIONS_PORT", "127.0.0.1", settings.actions_port),
        ("RASA_PORT", "127.0.0.1", settings.rasa_port),
    ):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                stop(
                    f"port {port} on {host} cannot be used ({error.strerror}). If the service is"
                    f" already running, `make stop` ends it; otherwise set {name} in .env."
                )


def supervise(settings: Settings, model: Path) -> None:
    """Become supervisord; ``deploy/supervisord.conf`` reads these variables."""
    environment = {
        **os.environ,
        **RASA_ENVIRONMENT,
        "DESK_ROOT": str(ROOT),
        "DESK_VAR": str(settings.var_dir),
        "DESK_USER": pwd.getpwuid(os.getuid()).pw_name,
        "DESK_MODEL": str(model),
        "RASA_TRACKER_DB": str(settings.var_dir / "rasa.db"),
        "WEB_HOST": settings.web_host,
        "WEB_PORT": str(settings.web_port),
        "ACTIONS_PORT": str(settings.actions_port),
        "RASA_PORT": str(settings.rasa_port),
        "TRUSTED_PROXIES": settings.trusted_proxies,
        "DESK_OUTBOX": "true" if settings.outbox.channels else "false",
        "LOG_LEVEL": settings.log_level,  # Rasa reads it too, and does not start when it is empty
    }
    python = ROOT / ".venv" / "bin" / "python"
    command = [
        str(python),
        "-m",
        "supervisor.supervisord",
        "-c",
        str(ROOT / "deploy/supervisord.conf"),
    ]
    os.execve(command[0], command, environment)


def stop(message: str) -> None:
    raise SystemExit(f"make: {message}")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:  # before supervisord is there to take it
        stop("interrupted; nothing was started.")
