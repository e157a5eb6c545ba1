"""Rasa 3.6 and the action server of a newer rasa-sdk: they still understand each other."""

from __future__ import annotations

import configparser
import json
import os
import shlex
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from desk.database import Database
from desk.models import Fault, Inquiry
from desk.settings import ROOT
from tests import rasa_side
from tests.builders import a_decision, an_office, an_opening, undecided

STARTS_WITHIN_SECONDS = 30
IN_FORM = {"loop": "booking_form", "asked": "phone"}
ANSWERED = {"opening": 1, "company": "武汉示例涂装有限公司", "contact": "王经理"}
SAID = {"decision": undecided().as_dict()}
POLICY = {"decision": a_decision("trading.emission_rights").as_dict()}
VALIDATE = {"action": "validate_booking_form", **IN_FORM, "slots": ANSWERED}
FORM = {"form": "booking_form", **IN_FORM, "slots": ANSWERED}
CASES: dict[str, dict[str, Any]] = {
    "answer": {"action": "action_answer", "text": "排污权怎么买", **POLICY},
    "value": {**VALIDATE, "text": "13800138000", **SAID},
    "wrong value": {**VALIDATE, "text": "123", **SAID},
    "no answer": {**VALIDATE, "text": "为什么要电话", **SAID},
    "buttons": {"action": "action_ask_attendees", "text": "x", **SAID},
    "form, value": {**FORM, "text": "13800138000", **SAID},
    "form, wrong value": {**FORM, "text": "123", **SAID},
    "form, no answer": {**FORM, "text": "为什么要电话", **SAID},
    "form, leaving": {**FORM, "text": "算了", **SAID},
    "form, crash": {**FORM, "text": "13800138000", "decision": {"kind": "magic"}},
    "unknown": {"action": "action_nonsense", "text": "x", **SAID},
}


class Server:
    """The action server as ``deploy/supervisord.conf`` starts it, on a free port."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        office = an_office(directory)
        an_opening(office)
        office.database.engine.dispose()
        command, environment = started_with(self.port)
        self.log = (directory / "actions.log").open("wb")
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={
                **{k: v for k, v in os.environ.items() if not k.startswith("SANIC_")},
                **environment,
                "DESK_VAR": str(directory),
                "DATABASE_URL": f"sqlite:///{directory / 'desk.db'}",
                "DESK_SECRET": "s" * 40,
                "PYTHONPATH": str(ROOT),
            },
            stdout=self.log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def wait(self) -> None:
        deadline = time.monotonic() + STARTS_WITHIN_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                self.get("/health")
                return
            except OSError:
                time.sleep(0.1)
        pytest.fail((self.directory / "actions.log").read_text()[-4000:])

    def get(self, path: str) -> Any:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://127.0.0.1:{self.port}{path}", timeout=5) as response:
            return json.load(response)

    def stop(self) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.log.close()


def started_with(port: int) -> tuple[list[str], dict[str, str]]:
    """Command and environment of the action server, as the process manager has them."""
    configuration = configparser.RawConfigParser()
    configuration.read(ROOT / "deploy" / "supervisord.conf")
    section = configuration["program:actions"]
    environment = {"DESK_ROOT": str(ROOT), "ACTIONS_PORT": str(port)}
    command = section["command"]
    for name, value in environment.items():
        command = command.replace(f"%(ENV_{name})s", value)
    assert "%(" not in command, command
    pairs = [pair.split("=", 1) for pair in section.get("environment", "").split(",") if pair]
    return shlex.split(command), environment | {n.strip(): v.strip('"') for n, v in pairs}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("actions"))
    try:
        running.wait()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="module")
def outcomes(server: Server) -> dict[str, Any]:
    """What Rasa made of every case; one start of its Python."""
    return rasa_side.run("contract", str(server.port), given=CASES)


def kept(server: Server, table: type) -> list[Any]:
    database = Database(f"sqlite:///{server.directory / 'desk.db'}")
    try:
        return list(database.read(lambda s: s.scalars(select(table)).all()))
    finally:
        database.engine.dispose()


def test_the_server_says_that_it_is_healthy(server: Server) -> None:
    assert server.get("/health") == {"status": "ok"}


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux's /proc")
def test_it_listens_on_loopback_only(server: Server) -> None:
    listening = []
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            address, state = line.split()[1], line.split()[3]
            if state == "0A" and int(address.rsplit(":", 1)[1], 16) == server.port:
                listening.append(address.rsplit(":", 1)[0])
    assert listening == ["0100007F"]


def test_an_answer_is_accepted_by_rasa(outcomes: dict[str, Any], server: Server) -> None:
    found = outcomes["answer"]
    assert [event["event"] for event in found["events"]] == ["bot"]
    assert len(found["said"]) == 1
    (inquiry,) = kept(server, Inquiry)
    assert (inquiry.text, inquiry.message_key) == ("排污权怎么买", "m1")


def test_buttons_reach_rasa_with_their_meaning(outcomes: dict[str, Any]) -> None:
    assert outcomes["buttons"]["said"]


def test_a_read_value_sets_its_slot(outcomes: dict[str, Any]) -> None:
    assert outcomes["value"]["events"] == [
        {"event": "slot", "name": "phone", "value": "13800138000"}
    ]


def test_a_refused_value_clears_its_slot_and_says_why(outcomes: dict[str, Any]) -> None:
    found = outcomes["wrong value"]
    assert {"event": "slot", "name": "phone", "value": None} in found["events"]
    assert len(found["said"]) == 1


def test_what_is_no_answer_comes_back_as_no_events_and_no_rejection(
    outcomes: dict[str, Any],
) -> None:
    found = outcomes["no answer"]
    assert "error" not in found
    assert (found["events"], found["said"]) == ([], [])


def test_rasas_form_goes_on_to_the_next_question_after_a_value(outcomes: dict[str, Any]) -> None:
    found = outcomes["form, value"]
    assert found["slots"]["phone"] == "13800138000"
    assert found["asked"] == "attendees"
    assert found["said"]


def test_rasas_form_asks_again_after_a_wrong_value(outcomes: dict[str, Any]) -> None:
    found = outcomes["form, wrong value"]
    assert "phone" not in found["slots"]
    assert found["asked"] == "phone"
    assert len(found["said"]) == 1
    assert len(found["uttered"]) == 1


def test_rasas_form_steps_aside_for_what_is_no_answer(outcomes: dict[str, Any]) -> None:
    assert outcomes["form, no answer"] == {"error": "ActionExecutionRejection"}


def test_rasas_form_ends_when_the_visitor_leaves(outcomes: dict[str, Any]) -> None:
    found = outcomes["form, leaving"]
    assert {"event": "active_loop", "name": None} in found["events"]
    assert found["asked"] is None
    assert "phone" not in found["slots"] and "company" not in found["slots"]


def test_rasas_form_holds_after_a_crash_of_the_action(
    outcomes: dict[str, Any], server: Server
) -> None:
    found = outcomes["form, crash"]
    assert found["asked"] == "phone"
    assert len(found["said"]) == 1
    assert "validate_booking_form" in kept(server, Fault)[0].reason


def test_an_action_that_does_not_exist_is_an_error_and_no_silence(outcomes: dict[str, Any]) -> None:
    assert outcomes["unknown"]["error"]


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b'{"next_action": "action_answer"}'])
def test_a_malformed_call_does_not_stop_the_server(server: Server, body: bytes) -> None:
    request = urllib.request.Request(f"http://127.0.0.1:{server.port}/webhook", body, method="POST")
    request.add_header("Content-Type", "application/json")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        opener.open(request, timeout=5).close()
    except urllib.error.HTTPError as error:
        assert error.code >= 400
    assert server.get("/health") == {"status": "ok"}


def test_no_visitors_words_are_in_the_servers_log(server: Server, outcomes: dict[str, Any]) -> None:
    log = (server.directory / "actions.log").read_text(encoding="utf-8")
    assert outcomes
    for word in ("13800138000", "排污权怎么买", "武汉示例涂装有限公司"):
        assert word not in log
