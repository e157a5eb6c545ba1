"""The product as its users meet it: three processes behind HTTP, and a visitor who talks to it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import httpx
import yaml

from desk.database import Database
from desk.schedule import WEEKDAYS
from desk.words import Words
from tests.other_side import OtherSide

T = TypeVar("T")
ROOT = Path(__file__).resolve().parent.parent
# A fresh checkout trains its model first.
START_SECONDS = 240
STOP_SECONDS = 30
OUTBOX = (
    *("WECOM_URL", "WEBHOOK_URL", "WEBHOOK_SECRET", "OUTBOX_PROXY", "PUBLIC_URL"),
    *("SMS_URL", "SMS_METHOD", "SMS_FORMAT", "SMS_TEMPLATE", "SMS_HEADERS", "SMS_ACCEPTS"),
)


def wait_for(look: Callable[[], T | None], what: str, seconds: float = 10) -> T:
    """The first truthy result of ``look``; fails when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds:g} s: {what}")


def free_ports(count: int) -> list[int]:
    """Ports of the loopback interface that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def daily_schedule(**more: Any) -> dict[str, Any]:
    """A reception schedule with four visits every afternoon but on holidays, one seat each, so
    that a test finds openings on whatever day it runs."""
    rule = {
        "begins": "14:00",
        "ends": "18:00",
        "opening_minutes": 60,
        "seats": 1,
        "place": "三楼会议室",
    }
    rules = [
        {"id": f"{weekday}-{nth}", "weekday": weekday, "nth": nth, **rule}
        for weekday in WEEKDAYS
        for nth in range(1, 6)
    ]
    shape = {"example": True, "weeks_ahead": 8, "cutoff_hours": 2, "most_attendees": 5}
    shape["most_active"] = 100  # many tests book for the same company
    return {**shape, "rules": rules, **more}


def descendants(pid: int) -> dict[int, str]:
    """The command lines of all processes below a process, by pid."""
    found = {}
    for child in _children(pid):
        found[child] = _command(child)
        found |= descendants(child)
    return found


def _children(pid: int) -> list[int]:
    try:
        lists = [
            task.joinpath("children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()
        ]
    except OSError:
        return []
    return [int(word) for words in lists for word in words.split()]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def listening_addresses(port: int) -> set[str]:
    """The local addresses, as the kernel writes them, on which somebody listens at a port."""
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            _, local, _, state, *_ = line.split()
            address, _, number = local.partition(":")
            if state == "0A" and int(number, 16) == port:
                found.add(address)
    return found


class Product:
    """The processes as ``make run`` starts them, in a folder and on ports of their own. With a
    ``webhook`` messages go out to it."""

    def __init__(self, directory: Path, webhook: OtherSide | None = None) -> None:
        self.webhook = webhook
        self.var = directory / "var"
        self.output = directory / "output.txt"
        self._process: subprocess.Popen[bytes] | None = None
        knowledge = directory / "knowledge"
        shutil.copytree(ROOT / "knowledge", knowledge)
        schedule = yaml.safe_dump(daily_schedule(), allow_unicode=True)
        (knowledge / "reception.yml").write_text(schedule, encoding="utf-8")
        self.web_port, self.actions_port, self.rasa_port = free_ports(3)
        self.url = f"http://127.0.0.1:{self.web_port}"
        database = f"sqlite:///{self.var / 'desk.db'}"
        # Every setting is named, lest one of a developer's .env slips in; empty means the default.
        self.environment = {
            **os.environ,
            "DATABASE_URL": database,
            "DESK_SECRET": uuid.uuid4().hex * 2,
            "DESK_VAR": str(self.var),
            "KNOWLEDGE_DIR": str(knowledge),
            "MODELS_DIR": str(ROOT / "models"),
            "WEB_HOST": "127.0.0.1",
            "WEB_PORT": str(self.web_port),
            "ACTIONS_PORT": str(self.actions_port),
            "RASA_PORT": str(self.rasa_port),
            # Long enough for a restart of the bot on a busy machine.
            "RASA_TIMEOUT_SECONDS": "60",
            "MESSAGES_PER_MINUTE": "100000",
            "CONVERSATIONS_PER_MINUTE": "100000",
            "HTTPS": "",
            "TRUSTED_PROXIES": "",
            "LOG_LEVEL": "",
            **dict.fromkeys(OUTBOX, ""),
        }
        if webhook is not None:
            self.environment["WEBHOOK_URL"] = webhook.url
        self.database = Database(database)
        self.words = Words(knowledge / "words.yml")

    def start(self) -> None:
        """Start everything and wait until it is ready."""
        self.launch()
        try:
            self.wait_until_ready()
        except AssertionError as error:
            self._running.terminate()
            raise AssertionError(f"{error}\n{self.output.read_text()}") from None

    def launch(self) -> None:
        """Start everything as ``make run`` does, without waiting."""
        with self.output.open("ab") as stream:
            self._process = subprocess.Popen(
                [sys.executable, str(ROOT / "deploy/run.py")],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
            )

    def stop(self) -> None:
        """End everything as Ctrl-C does, and make sure that nothing is left."""
        if self._process is not None and self._process.poll() is None:
            self._end(signal.SIGINT)

    def crash(self) -> None:
        """End the process manager the hard way, and make sure that nothing is left either."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        family = descendants(self._running.pid)
        self._running.send_signal(how)
        try:
            self._running.wait(STOP_SECONDS)
        finally:
            self._running.kill()
        self.database.engine.dispose()
        gone = f"the end of {family}"
        wait_for(lambda: not any(alive(pid) for pid in family), gone, STOP_SECONDS)
        for port in (self.web_port, self.actions_port, self.rasa_port):
            assert not listening_addresses(port), f"port {port} is still listened on"

    def process(self, what: str) -> int | None:
        """The pid of supervisord's child whose command line contains ``what``, while it lives."""
        return next((p for p in _children(self._running.pid) if what in _command(p)), None)

    def desk(self, *arguments: str) -> str:
        """Run ``python -m desk`` beside the running product; its output."""
        command = [sys.executable, "-m", "desk", *arguments]
        run = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True
        )
        return run.stdout

    def visitor(self) -> Visitor:
        """Somebody who opens the widget for the first time."""
        return Visitor(self.url)

    def openings(self) -> list[dict[str, Any]]:
        """The openings that still have a seat, in order of time."""
        listed = httpx.get(f"{self.url}/api/v1/openings", trust_env=False).json()["openings"]
        return [opening for opening in listed if opening["seats_left"]]

    def wait_until_ready(self, seconds: float = START_SECONDS) -> None:
        """Wait until every part can answer a visitor."""
        wait_for(self._answers, "/readyz", seconds)

    def wait_for_end(self, seconds: float) -> int:
        """Wait until it has ended by itself; its exit status."""
        return self._running.wait(seconds)

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "not launched"
        return self._process

    def _answers(self) -> bool:
        if self._running.poll() is not None:
            raise AssertionError(f"ended with status {self._running.returncode}")
        try:
            return httpx.get(f"{self.url}/readyz", trust_env=False).status_code == 200
        except httpx.TransportError:
            return False


class Visitor:
    """A client of the public API that talks and presses buttons."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=f"{url}/api/v1", trust_env=False, timeout=90)
        begun = self.http.post("/conversations").raise_for_status().json()
        self.conversation: str = begun["conversation"]
        self.http.headers["Authorization"] = f"Bearer {begun['token']}"
        self.heard: list[dict[str, Any]] = begun["messages"]

    @property
    def buttons(self) -> list[str]:
        """The titles of the buttons of the latest message."""
        return [button["title"] for button in self.heard[-1]["buttons"]]

    @property
    def words(self) -> str:
        """Everything the bot said to the latest message."""
        return "\n".join(message["text"] for message in self.heard)

    def say(self, text: str) -> dict[str, Any]:
        """Type a message; the first reply."""
        return self.send(text=text)

    def press(self, title: str) -> dict[str, Any]:
        """Press the button of the latest message whose title contains ``title``."""
        fitting = [b["id"] for b in self.heard[-1]["buttons"] if title in b["title"]]
        assert fitting, f"no button {title} among {self.buttons}"
        return self.send(button=fitting[0])

    def send(self, **content: str) -> dict[str, Any]:
        """Send a message under an id of its own; the first reply."""
        body = {"id": uuid.uuid4().hex, **content}
        answer = self.http.post("/messages", json=body)
        assert answer.status_code == 200, answer.text
        question, *self.heard = answer.json()["messages"]
        assert question["author"] == "visitor"
        assert self.heard, f"silence after {content}"
        return self.heard[0]

    def history(self, after: int = 0) -> list[dict[str, Any]]:
        """The conversation as a reloaded page fetches it."""
        answer = self.http.get("/messages", params={"after": after})
        messages: list[dict[str, Any]] = answer.raise_for_status().json()["messages"]
        return messages
