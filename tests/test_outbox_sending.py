"""The sender: what goes over the wire, what counts as delivered, and a kill in the middle."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from desk.clock import utc_now
from desk.database import Database
from desk.errors import InvalidSetting
from desk.models import OutboxMessage
from desk.office import Office
from desk.outbox_settings import OutboxSettings, fill, read_template
from desk.services.outbox_texts import Outgoing
from desk.settings import ROOT, read_settings
from outbox.__main__ import deliver
from outbox.channels import send
from tests.builders import an_appointment, an_office, an_opening
from tests.other_side import OtherSide, Received
from tests.running import OUTBOX, free_ports, wait_for

PHONE = "13800138000"
MESSAGE = Outgoing(
    "0" * 32,
    "【新预约】武汉示例涂装有限公司",
    {"event": "appointment.book", "text": "【新预约】"},
    {"id": "0" * 32, "phone": PHONE, "text": '您已预约，"三楼"&{code}', "code": "R2345678"},
)


@pytest.fixture
def side() -> Iterator[OtherSide]:
    with OtherSide() as side:
        yield side


def office_of(directory: Path, settings: OutboxSettings) -> Office:
    office = an_office(directory)
    database = Database(office.database.url, settings.channels)
    return replace(office, database=database, settings=replace(office.settings, outbox=settings))


def messages(office: Office) -> list[OutboxMessage]:
    query = select(OutboxMessage).order_by(OutboxMessage.id)
    return list(office.database.read(lambda s: s.scalars(query).all()))


def a_visit(office: Office) -> str:
    """An appointment of next week, by the real clock, which the sender looks at."""
    starts_at = utc_now() + timedelta(days=7)
    return an_appointment(office, an_opening(office, starts_at), now=utc_now()).code


# -- the wire ---------------------------------------------------------------------------------


def test_a_group_robot_gets_its_format(side: OtherSide) -> None:
    assert send(OutboxSettings(wecom_url=f"{side.url}/send?key=k"), "wecom", MESSAGE) is None
    (came,) = side.received
    assert (came.method, came.path) == ("POST", "/send?key=k")
    assert json.loads(came.body) == {"msgtype": "text", "text": {"content": MESSAGE.text}}
    assert came.headers["content-type"] == "application/json"
    assert came.headers["idempotency-key"] == MESSAGE.id


def test_a_robots_text_is_cut_at_whole_characters(side: OtherSide) -> None:
    long = replace(MESSAGE, text="a" + "环" * 2000)
    assert send(OutboxSettings(wecom_url=side.url), "wecom", long) is None
    text = json.loads(side.received[0].body)["text"]["content"]
    assert text == "a" + "环" * ((2048 - 1) // 3)


@pytest.mark.parametrize(
    ("status", "reply", "reason"),
    [
        (200, b'{"errcode": 45009, "errmsg": "freq"}', "errcode_45009"),
        (200, b"<html>", "refused"),
        (200, b"[]", "refused"),
        (500, b"", "http_500"),
        (302, b"", "http_302"),
    ],
)
def test_what_a_robot_refuses_is_not_delivered(
    side: OtherSide, status: int, reply: bytes, reason: str
) -> None:
    side.answer = lambda _: (status, reply)
    assert send(OutboxSettings(wecom_url=side.url), "wecom", MESSAGE) == reason
    assert len(side.received) == 1, "a redirect must not be followed"


def test_a_webhook_gets_signed_json(side: OtherSide) -> None:
    settings = OutboxSettings(webhook_url=side.url, webhook_secret="geheim")
    assert send(settings, "webhook", MESSAGE) is None
    (came,) = side.received
    assert json.loads(came.body) == MESSAGE.data
    digest = hmac.new(b"geheim", came.body, hashlib.sha256).hexdigest()
    assert came.headers["x-desk-signature"] == f"sha256={digest}"
    assert send(OutboxSettings(webhook_url=side.url), "webhook", MESSAGE) is None
    assert "x-desk-signature" not in side.received[1].headers


def test_a_gateway_gets_json_in_its_own_shape(side: OtherSide) -> None:
    settings = OutboxSettings(
        sms_url=side.url,
        sms_template='{"to": ["{phone}"], "body": {"t": "【示例】{text}"}, "n": 1, "id": "{id}"}',
        sms_headers='{"Authorization": "Bearer k"}',
    )
    assert send(settings, "sms", MESSAGE) is None
    (came,) = side.received
    assert json.loads(came.body) == {
        "to": [PHONE],
        "body": {"t": f"【示例】{MESSAGE.facts['text']}"},
        "n": 1,
        "id": MESSAGE.id,
    }
    assert came.headers["authorization"] == "Bearer k"


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_gateway_gets_a_form_or_an_address(side: OtherSide, method: str) -> None:
    settings = OutboxSettings(
        sms_url=side.url,
        sms_method=method,
        sms_format="form",
        sms_template="mobile={phone}&content={text}&ext=",
    )
    assert send(settings, "sms", MESSAGE) is None
    (came,) = side.received
    assert came.method == method
    query = urlsplit(came.path).query if method == "GET" else came.body.decode()
    assert parse_qs(query) == {"mobile": [PHONE], "content": [MESSAGE.facts["text"]]}


def test_a_gateways_reply_decides_where_the_setting_says_so(side: OtherSide) -> None:
    settings = OutboxSettings(sms_url=side.url, sms_accepts='"code":0')
    side.answer = lambda _: (200, b'{"code":7}')
    assert send(settings, "sms", MESSAGE) == "refused"
    side.answer = lambda _: (200, b'{"code":0}')
    assert send(settings, "sms", MESSAGE) is None


def test_nobody_there_is_a_reason_and_no_error() -> None:
    (port,) = free_ports(1)
    settings = OutboxSettings(webhook_url=f"http://127.0.0.1:{port}/")
    assert send(settings, "webhook", MESSAGE) == "connection"


def test_a_silent_side_is_not_waited_for_for_ever(
    side: OtherSide, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("outbox.channels.TIMEOUTS", (1, 0.3))
    over = threading.Event()

    def silent(_: Received) -> tuple[int, bytes]:
        over.wait(5)
        return 200, b""

    side.answer = silent
    begun = time.monotonic()
    assert send(OutboxSettings(webhook_url=side.url), "webhook", MESSAGE) == "timeout"
    assert time.monotonic() - begun < 3
    over.set()


def test_facts_fill_texts_and_never_the_structure() -> None:
    facts = {"phone": '1","evil":"2', "text": "{phone}{0.__class__}"}
    assert fill('{"a": "{phone}", "b": "{text}{code}"}', "json", facts) == {
        "a": facts["phone"],
        "b": facts["text"],
    }


@pytest.mark.parametrize("template", ["", "[]", "{", '{"a": "{nobody}"}', '{"a": "{phone.x}"}'])
def test_a_template_that_means_nothing_is_refused(template: str) -> None:
    with pytest.raises(ValueError):
        read_template(template, "json")


@pytest.mark.parametrize(
    "wrong",
    [
        {"WECOM_URL": "qyapi.example/send?key=secretkey"},
        {"WEBHOOK_URL": "ftp://host/secretkey"},
        {"OUTBOX_PROXY": "http://host:port/secretkey"},
        {"SMS_URL": "http://gateway", "SMS_TEMPLATE": '{"k": "secretkey", "a": "{nobody}"}'},
        {"SMS_URL": "http://gateway", "SMS_HEADERS": "secretkey"},
        {"SMS_URL": "http://gateway", "SMS_FORMAT": "form"},
        {"SMS_METHOD": "GET"},
        {"SMS_METHOD": "PUT"},
        {"SMS_FORMAT": "xml"},
    ],
)
def test_a_wrong_setting_stops_the_start_without_showing_a_key(wrong: dict[str, str]) -> None:
    with pytest.raises(InvalidSetting) as caught:
        read_settings(wrong)
    assert caught.value.facts["name"] in {*wrong, "SMS_TEMPLATE", "SMS_FORMAT"}
    assert "secretkey" not in str(caught.value)


def test_everything_is_off_by_default_and_keys_stay_out_of_logs() -> None:
    assert read_settings({}).outbox.channels == ()
    on = read_settings({"WECOM_URL": "https://robot.example/send?key=secretkey"})
    assert on.outbox.channels == ("wecom",)
    assert "secretkey" not in repr(on) and PHONE not in repr(MESSAGE)


# -- delivering -------------------------------------------------------------------------------


def test_what_the_other_side_took_is_sent_once(tmp_path: Path, side: OtherSide) -> None:
    office = office_of(tmp_path, OutboxSettings(webhook_url=side.url))
    code = a_visit(office)
    assert deliver(office, "webhook") is True
    assert deliver(office, "webhook") is False
    (message,) = messages(office)
    assert (message.state, message.attempts, message.reason) == ("sent", 1, None)
    (came,) = side.received
    assert json.loads(came.body)["appointment"]["code"] == code


def test_nothing_is_lost_while_the_other_side_is_down(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    office = office_of(tmp_path, OutboxSettings(webhook_url=f"http://127.0.0.1:{port}/"))
    codes = {a_visit(office) for _ in range(3)}
    while deliver(office, "webhook"):
        pass
    assert [(m.state, m.reason) for m in messages(office)] == [("pending", "connection")] * 3
    with OtherSide() as side:
        office = replace(
            office,
            settings=replace(office.settings, outbox=OutboxSettings(webhook_url=side.url)),
        )
        _turn_back(office, "due_at")
        while deliver(office, "webhook"):
            pass
        got = [json.loads(came.body)["appointment"]["code"] for came in side.received]
    assert sorted(got) == sorted(codes)
    assert {m.state for m in messages(office)} == {"sent"}


def test_no_telephone_and_no_key_gets_into_the_log(
    tmp_path: Path, side: OtherSide, caplog: pytest.LogCaptureFixture
) -> None:
    template = "mobile={phone}&content={text}&key=secretkey"
    gateway = {"sms_method": "GET", "sms_format": "form", "sms_template": template}
    (port,) = free_ports(1)
    caplog.set_level(logging.DEBUG)
    logging.getLogger("urllib3").setLevel(logging.CRITICAL)  # as the process does at its start
    office = office_of(tmp_path, OutboxSettings(sms_url=side.url, **gateway))
    a_visit(office)
    dead = OutboxSettings(sms_url=f"http://127.0.0.1:{port}/secretkey", **gateway)
    deliver(replace(office, settings=replace(office.settings, outbox=dead)), "sms")
    _turn_back(office, "due_at")
    deliver(office, "sms")
    assert messages(office)[0].state == "sent"
    assert "over sms: connection" in caplog.text and "over sms: sent" in caplog.text
    for secret in (PHONE, "secretkey", "涂装", "三楼"):
        assert secret not in caplog.text


def _turn_back(office: Office, column: str) -> None:
    """As if a day had passed."""

    def work(session: Any) -> None:
        for message in session.scalars(select(OutboxMessage)):
            if getattr(message, column) is not None:
                setattr(message, column, utc_now() - timedelta(seconds=1))

    office.database.write(work)


# -- the process ------------------------------------------------------------------------------


@contextmanager
def sender(directory: Path, url: str, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """The process as the process manager starts it, logging everything."""
    environment = {
        **os.environ,
        **dict.fromkeys(OUTBOX, ""),
        "DATABASE_URL": f"sqlite:///{directory / 'desk.db'}",
        "DESK_VAR": str(directory),
        "DESK_SECRET": "s" * 40,
        "KNOWLEDGE_DIR": "",
        "WEBHOOK_URL": url,
        "LOG_LEVEL": "DEBUG",
        **more,
    }
    with (directory / "outbox.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "outbox"], cwd=ROOT, env=environment, stderr=log, stdout=log
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_kill_in_the_middle_loses_nothing_and_leaves_no_doubt(tmp_path: Path) -> None:
    held, let_go = threading.Event(), threading.Event()

    def hold(_: Received) -> tuple[int, bytes]:
        held.set()
        let_go.wait(60)
        return 200, b""

    with OtherSide(hold) as side:
        office = office_of(tmp_path, OutboxSettings(webhook_url=side.url))
        a_visit(office)
        with sender(tmp_path, side.url) as process:
            assert held.wait(60), (tmp_path / "outbox.log").read_text()
            process.kill()
            process.wait()
        (message,) = messages(office)
        assert (message.state, message.attempts) == ("sending", 1)
        let_go.set()
        side.answer = lambda _: (200, b"")
        with sender(tmp_path, side.url) as process:
            time.sleep(3)  # the claim still stands: nobody sends a second time
            assert len(side.received) == 1
            _turn_back(office, "claimed_until")
            wait_for(lambda: messages(office)[0].state == "sent", "the successor", 30)
            process.terminate()
            assert process.wait(30) == 0
        first, second = side.received
        assert first.headers["idempotency-key"] == second.headers["idempotency-key"]
        assert first.body == second.body
        assert messages(office)[0].attempts == 2


def test_two_senders_at_once_send_everything_once(tmp_path: Path) -> None:
    with OtherSide() as side:
        office = office_of(tmp_path, OutboxSettings(webhook_url=side.url, wecom_url=side.url))
        for _ in range(20):
            a_visit(office)
        more = {"WECOM_URL": side.url}
        with sender(tmp_path, side.url, **more), sender(tmp_path, side.url, **more):
            wait_for(lambda: {m.state for m in messages(office)} == {"sent"}, "40 messages", 90)
        ids = [came.headers["idempotency-key"] for came in side.received]
        assert len(ids) == len(set(ids)) == 40
    log = (tmp_path / "outbox.log").read_text()
    assert side.url not in log and PHONE not in log and "涂装" not in log
