"""Starts and stops what is measured: the action server, Rasa, or the whole product."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import yaml

from bench.measure import NotAnswered
from bench.observe import family
from bench.variants import Variant, rasa_environment
from desk.settings import ROOT

STOP_SECONDS = 30


class Server:
    """A process with its children, in a session of its own; everything ends with the block."""

    def __init__(self, command: list[str], cwd: Path, environment: dict[str, str], log: Path):
        self._what = command, cwd, environment, log

    def __enter__(self) -> Server:
        command, cwd, environment, log = self._what
        with log.open("ab") as stream:
            self._process = subprocess.Popen(
                command,
                cwd=cwd,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self

    def __exit__(self, *_: object) -> None:
        tree = family(self.pid)
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        for pid in set(tree) - {self.pid}:
            if _session(pid) == self.pid:
                os.kill(pid, signal.SIGKILL)

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        return self._process.poll() is None

    def child(self, what: str) -> int:
        """The pid of the child whose command line contains ``what``."""
        for pid in family(self.pid)[1:]:
            if what in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "):
                return pid
        raise NotAnswered(f"no process {what}")


def _session(pid: int) -> int | None:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


def free_ports() -> dict[str, int]:
    """Three ports of the loopback interface that nobody listens on."""
    names = ("WEB_PORT", "ACTIONS_PORT", "RASA_PORT")
    sockets = [socket.socket() for _ in names]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return {name: s.getsockname()[1] for name, s in zip(names, sockets, strict=True)}
    finally:
        for one in sockets:
            one.close()


def settings(variant: Variant, ports: dict[str, int]) -> dict[str, str]:
    """Every setting of the product, lest one of a developer's ``.env`` slips in."""
    var = variant.folder / "var"
    return {
        **os.environ,
        **{name: str(port) for name, port in ports.items()},
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": f"sqlite:///{var / 'desk.db'}",
        "DESK_SECRET": uuid.uuid4().hex,
        "DESK_VAR": str(var),
        "KNOWLEDGE_DIR": str(ROOT / "knowledge"),
        "MODELS_DIR": str(variant.model.parent),
        "WEB_HOST": "127.0.0.1",
        "RASA_TIMEOUT_SECONDS": "60",
        "MESSAGES_PER_MINUTE": "100000",
        "CONVERSATIONS_PER_MINUTE": "100000",
        **dict.fromkeys(("HTTPS", "TRUSTED_PROXIES", "LOG_LEVEL"), ""),
    }


def action_server(variant: Variant, ports: dict[str, int]) -> Server:
    """The product's action server on a new desk database; the same for every variant."""
    environment = settings(variant, ports)
    (variant.folder / "var").mkdir(exist_ok=True)
    log = variant.folder / "actions.log"
    with log.open("wb") as stream:
        subprocess.run(
            [sys.executable, "-m", "desk", "init"],
            cwd=ROOT,
            env=environment,
            stdout=stream,
            stderr=subprocess.STDOUT,
            check=True,
        )
    return Server([sys.executable, "-m", "actions"], ROOT, environment, log)


def rasa_server(variant: Variant, ports: dict[str, int]) -> Server:
    """``rasa run`` as the process manager starts it, with this variant's tracker store."""
    endpoints = {
        "action_endpoint": {"url": f"http://127.0.0.1:{ports['ACTIONS_PORT']}/webhook"},
        "tracker_store": {
            "type": variant.tracker_store,
            "dialect": "sqlite",
            "db": str(variant.tracker_db),
        },
    }
    file = variant.folder / "endpoints.yml"
    file.write_text(yaml.safe_dump(endpoints))
    command = [
        *(str(variant.environment / "bin" / "rasa"), "run", "--interface", "127.0.0.1"),
        *("--port", str(ports["RASA_PORT"]), "--model", str(variant.model)),
        *("--endpoints", str(file), "--credentials", str(ROOT / "bot" / "credentials.yml")),
    ]
    log = variant.folder / "bot.log"
    return Server(command, variant.folder, rasa_environment(variant, {}), log)


def product(variant: Variant, ports: dict[str, int]) -> Server:
    """Everything, as ``make run`` starts it once the environments are there."""
    log = variant.folder / "product.log"
    command = [sys.executable, str(ROOT / "deploy" / "run.py")]
    return Server(command, ROOT, settings(variant, ports), log)


def wait_for_port(server: Server, port: int) -> None:
    """Until somebody listens; at most a minute."""
    deadline = time.monotonic() + 60
    while True:
        with socket.socket() as probe:
            if not probe.connect_ex(("127.0.0.1", port)):
                return
        if not server.alive() or time.monotonic() > deadline:
            raise NotAnswered(f"nobody listens on port {port}")
        time.sleep(0.05)
