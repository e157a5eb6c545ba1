"""The web process for ``bench.booking``, and its clients."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import requests
import yaml
from sqlalchemy import select

from bench.servers import free_ports
from desk.database import Database
from desk.models import Appointment
from desk.settings import ROOT

READY_SECONDS, PATIENCE_SECONDS = 60, 120


class Site:
    """The web process on one database; started, killed and started again."""

    def __init__(self, folder: Path, url: str, seats: int) -> None:
        self.port = free_ports()["WEB_PORT"]
        self.base = f"http://127.0.0.1:{self.port}/api/v1"
        knowledge = folder / "knowledge"
        shutil.copytree(ROOT / "knowledge", knowledge)
        (knowledge / "reception.yml").write_text(yaml.safe_dump(_schedule(seats)), encoding="utf-8")
        self.environment = {
            **os.environ,
            "DATABASE_URL": url,
            "DESK_SECRET": uuid.uuid4().hex * 2,
            "DESK_VAR": str(folder / "var"),
            "KNOWLEDGE_DIR": str(knowledge),
            "LOG_LEVEL": "WARNING",
        }
        self.database = Database(url)
        self.database.migrate()
        self._log = (folder / "web.log").open("ab")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        command = [sys.executable, "-m", "uvicorn", "--factory", "web.app:create_app"]
        # Clients name an address each, as behind a proxy: limits are per address.
        command += ["--port", str(self.port), "--proxy-headers", "--no-access-log"]
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=self._log, stderr=self._log
        )
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            try:
                if requests.get(f"{self.base}/openings", timeout=5).json()["openings"]:
                    return
            except (requests.RequestException, ValueError, KeyError):
                time.sleep(0.1)
        raise RuntimeError("the web process does not answer")

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def openings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = requests.get(f"{self.base}/openings", timeout=60).json()[
            "openings"
        ]
        return found

    def booked(self) -> list[Appointment]:
        wanted = select(Appointment).where(Appointment.status == "booked")
        return list(self.database.read(lambda session: session.scalars(wanted).all()))


def _schedule(seats: int) -> dict[str, Any]:
    """An opening on every day, two hours long."""
    days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
    rules = [
        {
            "id": f"{day}-{nth}",
            "weekday": day,
            "nth": nth,
            "begins": "10:00",
            "ends": "12:00",
            "opening_minutes": 120,
            "seats": seats,
            "place": "bench",
        }
        for day in days
        for nth in range(1, 6)
    ]
    shape = {"example": True, "weeks_ahead": 8, "cutoff_hours": 0, "most_attendees": 5}
    return {**shape, "rules": rules}


def wish(opening: int, n: int) -> dict[str, Any]:
    """A booking of a company of its own."""
    return {
        "opening": opening,
        "company": f"Bench {n} Ltd",
        "contact": "Bench",
        "phone": f"138{n:08}",
        "attendees": 1,
        "description": "bench",
    }


def send(method: str, url: str, address: int, **more: Any) -> requests.Response:
    headers = more.pop("headers", {}) | {"X-Forwarded-For": f"10.{address >> 8}.{address & 255}.1"}
    return requests.request(method, url, headers=headers, timeout=PATIENCE_SECONDS, **more)


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run ``work`` in as many threads, all let go at the same moment."""
    gate = threading.Barrier(count)

    def run(n: int) -> Any:
        gate.wait()
        return work(n)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
