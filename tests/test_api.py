"""The public API over HTTP, with a stub in Rasa's place."""

from __future__ import annotations

import re
import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from itsdangerous import TimestampSigner
from sqlalchemy import func, select

import web.clock
from desk.clock import local, utc_now
from desk.database import Database
from desk.errors import BotSilent
from desk.models import Appointment, Conversation, Fault, Message, Opening
from desk.office import Office, open_office
from desk.schedule import Reception
from desk.settings import read_settings
from tests.running import daily_schedule, free_ports, wait_for
from tests.stub_rasa import Raw, StubRasa, says
from web.api.appointments import BOOKINGS_PER_MINUTE, LOOKUPS_PER_MINUTE
from web.app import create_app
from web.context import TOKEN_SECONDS, issue_token

PUBLISH = web.clock.publish
SECRET = "s" * 40
MESSAGES = "/api/v1/messages"
CONVERSATIONS = "/api/v1/conversations"
APPOINTMENTS = "/api/v1/appointments"
OPENINGS = "/api/v1/openings"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """The real knowledge, and an empty database for tests to copy."""
    file = tmp_path_factory.mktemp("prepared") / "desk.db"
    settings = {"DATABASE_URL": f"sqlite:///{file}", "DESK_SECRET": SECRET}
    office = open_office(read_settings(settings))
    office.database.migrate()
    office.database.engine.dispose()
    return office


@pytest.fixture
def rasa() -> Iterator[StubRasa]:
    stub = StubRasa()
    yield stub
    stub.stop()


@pytest.fixture
def office(prepared: Office, rasa: StubRasa, tmp_path: Path) -> Office:
    file = tmp_path / "desk.db"
    shutil.copy(prepared.database.engine.url.database, file)
    settings = replace(
        prepared.settings,
        rasa_port=rasa.port,
        actions_port=rasa.port,
        rasa_timeout_seconds=5.0,
        messages_per_minute=1000,
        conversations_per_minute=1000,
    )
    return replace(prepared, settings=settings, database=Database(f"sqlite:///{file}"))


@pytest.fixture(autouse=True)
def no_schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests make their own openings; the schedule would withdraw them."""

    monkeypatch.setattr(web.clock, "publish", lambda office: None)


@pytest.fixture
def client(office: Office) -> Iterator[TestClient]:
    with a_client(office) as client:
        yield client


@pytest.fixture
def me(client: TestClient) -> Visitor:
    return Visitor(client)


def a_client(office: Office, **settings: Any) -> TestClient:
    """A client of an app of its own; unforeseen errors are answers, as for real clients."""
    changed = replace(office, settings=replace(office.settings, **settings))
    return TestClient(create_app(changed), raise_server_exceptions=False)


class Visitor:
    """A conversation and its token."""

    def __init__(self, client: TestClient) -> None:
        self._client = client
        begun = client.post(CONVERSATIONS).json()
        self.conversation, self.greeting = begun["conversation"], begun["messages"][0]
        self.token = begun["token"]
        self.headers = {"Authorization": f"Bearer {self.token}"}
        self._count = 0

    def send(self, text: str | None = None, *, id: str | None = None, **more: Any) -> Any:
        self._count += 1
        body = {"id": id or f"message-{self._count}", **more}
        if text is not None:
            body["text"] = text
        return self._client.post(MESSAGES, json=body, headers=self.headers)

    def say(self, text: str, **more: Any) -> list[dict[str, Any]]:
        """Send a text; the messages of the answer."""
        answer = self.send(text, **more)
        assert answer.status_code == 200, answer.text
        return answer.json()["messages"]

    def history(self, after: int = 0) -> list[dict[str, Any]]:
        params = {"after": after}
        return self._client.get(MESSAGES, params=params, headers=self.headers).json()["messages"]


def assert_problem(answer: Any, status: int, code: str) -> None:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert set(problem) - {"alternatives"} == {"type", "title", "status", "code", "detail"}
    assert problem["code"] == code
    assert problem["status"] == status
    assert re.search("[\u4e00-\u9fff]", problem["detail"]), "people read the detail"


def faults(office: Office) -> list[tuple[str | None, str, str]]:
    rows = select(Fault.conversation_id, Fault.where, Fault.reason)
    return [tuple(row) for row in office.database.read(lambda s: s.execute(rows).all())]


def count(office: Office, table: type) -> int:
    query = select(func.count()).select_from(table)
    return office.database.read(lambda session: session.scalar(query))


def an_opening(office: Office, **changes: Any) -> int:
    """An opening beside those of the schedule, in three days from now."""
    starts_at = utc_now() + timedelta(days=3)
    facts = {
        "rule": "test",
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=30),
        "place": "二楼",
        "capacity": 1,
        "example": False,
    }

    def add(session: Any) -> int:
        opening = Opening(**facts | changes)
        session.add(opening)
        session.flush()
        return opening.id

    return office.database.write(add)


def a_wish(opening: int, **changes: Any) -> dict[str, Any]:
    facts = {
        "opening": opening,
        "company": "武汉示例涂装有限公司",
        "contact": "王经理",
        "phone": "138 0013 8000",
        "attendees": 2,
        "description": "重大变动怎么认定",
    }
    return facts | changes


# --- tokens ---


def test_a_conversation_begins_with_a_greeting_and_a_token(client: TestClient) -> None:
    answer = client.post(CONVERSATIONS)
    assert answer.status_code == 201
    begun = answer.json()
    assert set(begun) == {"conversation", "token", "messages"}
    (greeting,) = begun["messages"]
    assert greeting["author"] == "bot"
    assert greeting["seq"] == 1
    assert greeting["buttons"]


def forged(office: Office, me: Visitor) -> list[str]:
    other = replace(office, settings=replace(office.settings, secret="t" * 40))
    head, *rest = me.token.split(".")
    return [
        "",
        "Bearer",
        "Bearer ",
        f"Basic {me.token}",
        me.token,
        f"Bearer {me.conversation}",
        f"Bearer {me.token[:-1]}",
        f"Bearer {issue_token(other, me.conversation)}",
        "Bearer " + ".".join([head[:-1] + ("A" if head[-1] != "A" else "B"), *rest]),
        "Bearer \u00ff\u00fe.x.y",
    ]


def test_a_missing_or_forged_token_opens_nothing(
    client: TestClient, office: Office, rasa: StubRasa, me: Visitor
) -> None:
    for value in forged(office, me):
        headers = {"Authorization": value.encode()} if value else {}
        reading = client.get(MESSAGES, headers=headers)
        assert_problem(reading, 401, "not_authorized")
        assert reading.headers["www-authenticate"] == "Bearer"
        body = {"id": "message-1", "text": "环评要多久"}
        assert_problem(client.post(MESSAGES, json=body, headers=headers), 401, "not_authorized")
    assert rasa.heard == []


def test_an_expired_token_opens_nothing(
    client: TestClient, office: Office, me: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    for age, status in ((TOKEN_SECONDS - 60, 200), (TOKEN_SECONDS + 60, 401)):
        with monkeypatch.context() as patch:
            moment = int(time.time()) - age
            patch.setattr(TimestampSigner, "get_timestamp", lambda self, then=moment: then)
            token = issue_token(office, me.conversation)
        answer = client.get(MESSAGES, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == status


def test_a_token_opens_its_own_conversation_only(client: TestClient, me: Visitor) -> None:
    me.say("我的秘密")
    other = Visitor(client)
    assert [m["text"] for m in other.history()] == [other.greeting["text"]]
    other.say("别的问题")
    assert "别的问题" not in str(me.history())


def test_a_token_of_a_conversation_that_is_gone_is_told_apart(
    client: TestClient, office: Office
) -> None:
    headers = {"Authorization": f"Bearer {issue_token(office, 'f' * 32)}"}
    assert_problem(client.get(MESSAGES, headers=headers), 404, "conversation_not_found")
    answer = client.post(MESSAGES, json={"id": "message-1", "text": "在吗"}, headers=headers)
    assert_problem(answer, 404, "conversation_not_found")


# --- problems ---


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"null",
        b"\xff\xfe",
        b"{}",
        b'{"id": "message-1"}',
        b'{"text": "x"}',
        b'{"id": "short", "text": "x"}',
        b'{"id": "' + b"x" * 65 + b'", "text": "x"}',
        b'{"id": 12345678, "text": "x"}',
        b'{"id": "message-1", "text": 5}',
        b'{"id": "message-1", "text": ["x"]}',
        b'{"id": "message-1", "text": "x", "button": "1.0"}',
        b'{"id": "message-1", "button": 1.0}',
        b'{"id": "message-1", "text": "\\ud800"}',
    ],
)
def test_a_malformed_message_is_refused_in_words(
    client: TestClient, rasa: StubRasa, me: Visitor, content: bytes
) -> None:
    headers = {**me.headers, "Content-Type": "application/json"}
    answer = client.post(MESSAGES, content=content, headers=headers)
    assert_problem(answer, 422, "invalid_request")
    assert rasa.heard == []
    assert len(me.history()) == 1


def test_absurdly_nested_json_is_refused(client: TestClient, me: Visitor) -> None:
    headers = {**me.headers, "Content-Type": "application/json"}
    answer = client.post(MESSAGES, content=b"[" * 100_000, headers=headers)
    assert_problem(answer, 400, "invalid_request")


def test_broken_json_is_no_field(client: TestClient, me: Visitor) -> None:
    headers = {**me.headers, "Content-Type": "application/json"}
    broken = client.post(MESSAGES, content=b'{"id": ', headers=headers).json()
    assert "body" in broken["detail"]
    wrong = client.post(MESSAGES, json={"id": "message-1", "text": 5}, headers=me.headers).json()
    assert "text" in wrong["detail"]


@pytest.mark.parametrize("text", ["", " ", "\n\u3000\t"])
def test_an_empty_text_is_refused(me: Visitor, text: str) -> None:
    assert_problem(me.send(text), 422, "text_empty")


def test_a_text_may_have_two_thousand_characters_and_no_more(me: Visitor) -> None:
    assert me.say("评" * 2000)[0]["text"] == "评" * 2000
    assert_problem(me.send("评" * 2001), 422, "text_too_long")
    assert_problem(me.send("评" * 2_000_000), 422, "invalid_request")
    assert len(me.history()) == 3


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/api/v1/nothing", 404, "not_found"),
        ("GET", "/api/v2/messages", 404, "not_found"),
        ("GET", "/static/nothing.js", 404, "not_found"),
        ("GET", "/static/../app.py", 404, "not_found"),
        ("GET", "/docs", 404, "not_found"),
        ("PUT", MESSAGES, 405, "invalid_request"),
        ("GET", CONVERSATIONS, 405, "invalid_request"),
        ("POST", "/healthz", 405, "invalid_request"),
        ("GET", f"{OPENINGS}?from=tomorrow", 422, "invalid_request"),
        ("GET", f"{OPENINGS}?to=2026-02-30", 422, "invalid_request"),
        ("GET", f"{OPENINGS}?from=0001-01-01", 422, "invalid_request"),
        ("GET", f"{OPENINGS}?to=9999-12-31", 422, "invalid_request"),
        ("GET", f"{APPOINTMENTS}/R2345678", 422, "invalid_request"),
        ("GET", f"{APPOINTMENTS}/R2345678?phone_tail=12", 422, "invalid_request"),
        ("GET", f"{APPOINTMENTS}/R2345678?phone_tail=1234", 404, "appointment_not_found"),
        ("GET", f"{APPOINTMENTS}/%00?phone_tail=1234", 404, "appointment_not_found"),
        ("GET", f"{APPOINTMENTS}/%ff?phone_tail=1234", 404, "appointment_not_found"),
        ("GET", f"{APPOINTMENTS}/{'R' * 5000}?phone_tail=1234", 404, "appointment_not_found"),
        ("DELETE", f"{APPOINTMENTS}/R2345678", 422, "invalid_request"),
    ],
)
def test_what_does_not_exist_is_a_problem_in_words(
    client: TestClient, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path)
    assert_problem(answer, status, code)
    assert ("allow" in answer.headers) == (status == 405)


@pytest.mark.parametrize("after", ["-1", "x", "1.5", str(2**63), str(10**30)])
def test_a_place_in_the_history_is_a_sane_number(
    client: TestClient, me: Visitor, after: str
) -> None:
    answer = client.get(MESSAGES, params={"after": after}, headers=me.headers)
    assert_problem(answer, 422, "invalid_request")


def test_an_unforeseen_error_is_a_problem_without_its_details(
    client: TestClient, me: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise RuntimeError("a secret path")

    with monkeypatch.context() as patch:
        patch.setattr(client.app.state.rasa, "reply", fail)
        answer = me.send("环评要多久", id="message-1")
    assert_problem(answer, 500, "internal_fault")
    assert "secret" not in answer.text
    # The message was kept; the client's next attempt with the same id is answered.
    _, reply = me.say("环评要多久", id="message-1")
    assert reply["text"] == "答：环评要多久"
    assert len(me.history()) == 3


# --- messages ---


def test_the_same_id_again_gives_the_same_answer_and_one_turn(rasa: StubRasa, me: Visitor) -> None:
    first = me.say("环评要多久", id="message-1")
    assert me.say("环评要多久", id="message-1") == first
    assert me.say("别的文字", id="message-1") == first
    assert rasa.messages == ["环评要多久"]


def test_one_id_twice_at_once_is_one_turn(rasa: StubRasa, me: Visitor) -> None:
    def slowly(body: dict[str, Any]) -> Any:
        rasa.sleep(0.2)
        return [says("好")]

    rasa.answer = slowly
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(me.say, "环评要多久", id="message-1") for _ in range(4)]
    first, *others = [answer.result() for answer in answers]
    assert [m["text"] for m in first] == ["环评要多久", "好"]
    assert all(other == first for other in others)
    assert len(rasa.heard) == 1


def test_one_id_in_two_conversations_is_two_messages(
    client: TestClient, rasa: StubRasa, me: Visitor
) -> None:
    me.say("环评要多久", id="message-1")
    assert Visitor(client).say("别的问题", id="message-1")[1]["text"] == "答：别的问题"
    assert len(rasa.heard) == 2


def test_rasa_hears_the_conversation_the_words_and_the_key(rasa: StubRasa, me: Visitor) -> None:
    me.say("  环评要多久 ", id="message-1")
    assert rasa.heard == [
        {
            "sender": me.conversation,
            "message": "环评要多久",
            "metadata": {"message": "message-1", "text": "环评要多久"},
        }
    ]


@pytest.mark.parametrize(
    "text", ["/restart", '/inform{"confirm": true}', "/", "//book", "\u3000/book", "\x1f/book"]
)
def test_a_leading_slash_is_no_command(rasa: StubRasa, me: Visitor, text: str) -> None:
    question = me.say(text)[0]
    (heard,) = rasa.messages
    assert heard == "／" + text.strip()[1:]
    assert question["text"] == rasa.heard[0]["metadata"]["text"] == text.strip()


def test_every_reply_of_rasa_becomes_a_message(rasa: StubRasa, me: Visitor) -> None:
    citation = {"document": "行政处罚法", "clause": "第33条", "status": "in_force"}
    rasa.answer = lambda body: [
        says("答案", citations=[citation], decision={"kind": "answer", "topic": "low_carbon"}),
        {"recipient_id": "x", "text": "请问贵单位的名称是？"},
    ]
    question, answer, ask = me.say("会罚吗")
    assert [m["seq"] for m in (question, answer, ask)] == [2, 3, 4]
    assert [m["author"] for m in (question, answer, ask)] == ["visitor", "bot", "bot"]
    assert answer["citations"] == [citation]
    assert answer["decision"]["kind"] == "answer"
    assert ask["text"] == "请问贵单位的名称是？"
    assert all(datetime.fromisoformat(m["at"]).tzinfo for m in (question, answer, ask))


def offering(*buttons: dict[str, Any]) -> Any:
    return lambda body: [says("请选", buttons=list(buttons))]


BOOK = {"title": "预约企业接待日", "action": "book", "arguments": {}}
FIRST = {"title": "第一个时段", "action": "inform", "arguments": {"opening": 4711}}


def test_buttons_are_opaque_and_mean_what_the_server_says(rasa: StubRasa, me: Visitor) -> None:
    rasa.answer = offering(BOOK, FIRST)
    reply = me.say("预约")[1]
    assert [set(button) for button in reply["buttons"]] == [{"id", "title"}] * 2
    assert "inform" not in str(reply)
    assert "4711" not in str(reply)
    meanings = ("/task_book", '/inform{"opening": 4711}')
    for button, heard in zip(reply["buttons"], meanings, strict=True):
        question = me.send(button=button["id"]).json()["messages"][0]
        assert question["text"] == button["title"]
        assert rasa.messages[-1] == heard
    assert "4711" not in str(me.history())


def test_a_button_works_in_its_own_conversation_only(
    client: TestClient, rasa: StubRasa, me: Visitor
) -> None:
    rasa.answer = offering(FIRST)
    me.say("预约")
    me.say("再来一次")
    button = me.history()[-1]["buttons"][0]["id"]
    other = Visitor(client)
    assert_problem(other.send(button=button), 422, "unknown_button")
    assert len(rasa.heard) == 2


@pytest.mark.parametrize(
    "button",
    [
        *("", ".", "1", "1.", ".0", "0.0", "1.99", "-1.0", "1.-1", "2.0", "99.0", "1.0.0"),
        *("9" * 10 + ".0", "9" * 19 + ".0", "1." + "9" * 30, "1.²", "/inform", "1.0 OR 1=1"),
    ],
)
def test_an_unknown_button_is_refused(rasa: StubRasa, me: Visitor, button: str) -> None:
    me.say("你好")
    assert_problem(me.send(button=button), 422, "unknown_button")
    assert rasa.messages == ["你好"]
    assert len(me.history()) == 3


def test_the_history_is_contiguous_from_wherever_it_is_asked_for(me: Visitor) -> None:
    for number in range(4):
        me.say(f"第{number}个问题")
    whole = me.history()
    assert [m["seq"] for m in whole] == list(range(1, 10))
    for after in range(11):
        assert me.history(after) == whole[after:]


def test_a_long_history_ends_with_the_latest(office: Office, me: Visitor) -> None:
    def fill(session: Any) -> None:
        session.get(Conversation, me.conversation).last_seq = 700
        for seq in range(2, 701):
            facts = {"author": "bot", "text": f"{seq}", "at": utc_now(), "payload": {}}
            session.add(Message(conversation_id=me.conversation, seq=seq, **facts))

    office.database.write(fill)
    assert [m["seq"] for m in me.history()] == list(range(201, 701))
    assert [m["seq"] for m in me.history(690)] == list(range(691, 701))


def test_messages_of_one_conversation_wait_for_each_other_and_others_go_on(
    client: TestClient, rasa: StubRasa, me: Visitor
) -> None:
    other = Visitor(client)
    other_came = threading.Event()
    running: dict[str, int] = {}
    most: dict[str, int] = {}
    guard = threading.Lock()

    def answer(body: dict[str, Any]) -> Any:
        sender = body["sender"]
        with guard:
            running[sender] = running.get(sender, 0) + 1
            most[sender] = max(most.get(sender, 0), running[sender])
        if sender == other.conversation:
            other_came.set()
        elif not other_came.wait(5):  # the first of ours lasts until the other one's turn
            return []
        rasa.sleep(0.02)
        with guard:
            running[sender] -= 1
        return [says("答：" + body["message"])]

    rasa.answer = answer
    with ThreadPoolExecutor(6) as pool:
        mine = [pool.submit(me.say, f"问题{n}") for n in range(5)]
        wait_for(lambda: rasa.heard, "the first message at Rasa")
        assert other.say("别的问题")[1]["text"] == "答：别的问题"
    for messages in (turn.result() for turn in mine):
        assert messages[1]["text"] == "答：" + messages[0]["text"]
        assert messages[1]["seq"] == messages[0]["seq"] + 1
    assert most == {me.conversation: 1, other.conversation: 1}
    assert [m["seq"] for m in me.history()] == list(range(1, 12))


# --- Rasa in trouble ---


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ([], "empty"),
        ([{}], "empty"),
        ([1, None, {"custom": {}}, {"custom": "x"}, {"text": ""}], "empty"),
        (Raw(b"<html>"), "malformed"),
        (Raw(b""), "malformed"),
        (Raw(b'{"text": "x"}'), "malformed"),
        (Raw(b"[]", 500), "status"),
        (Raw(b"[]", 404), "status"),
        (Raw(None), "unreachable"),
    ],
)
def test_a_silent_bot_is_an_apology_and_a_fault(
    office: Office, rasa: StubRasa, me: Visitor, answer: Any, reason: str
) -> None:
    rasa.answer = lambda body: answer
    question, apology = me.say("我的电话是13800138000")
    assert question["text"] == "我的电话是13800138000"
    assert apology["author"] == "bot"
    assert apology["text"] == office.words.error(BotSilent())
    assert me.history()[1:] == [question, apology]
    assert faults(office) == [(me.conversation, "rasa", reason)]
    # It may have been processed, so it was not sent twice; and the next message is answered.
    assert len(rasa.heard) == 1
    rasa.answer = lambda body: [says("好了")]
    assert me.say("还在吗")[1]["text"] == "好了"


def test_a_late_bot_is_an_apology_and_a_fault(office: Office, rasa: StubRasa) -> None:
    rasa.answer = lambda body: rasa.sleep(20) or [says("太晚了")]
    with a_client(office, rasa_timeout_seconds=0.3) as client:
        me = Visitor(client)
        started = time.monotonic()
        question, apology = me.say("环评要多久", id="message-1")
        assert time.monotonic() - started < 3
        assert apology["text"] == office.words.error(BotSilent())
        assert faults(office) == [(me.conversation, "rasa", "timeout")]
        # The same id gives the same apology, and the turn is not run again.
        assert me.say("环评要多久", id="message-1") == [question, apology]
        assert len(rasa.heard) == 1


def test_an_unreachable_bot_is_an_apology_and_a_fault(office: Office) -> None:
    (port,) = free_ports(1)
    with a_client(office, rasa_port=port, rasa_timeout_seconds=0.5) as client:
        me = Visitor(client)
        assert me.say("环评要多久")[1]["text"] == office.words.error(BotSilent())
    assert faults(office) == [(me.conversation, "rasa", "unreachable")]


def test_a_bot_that_is_being_restarted_is_waited_for(office: Office) -> None:
    (port,) = free_ports(1)
    started: list[StubRasa] = []
    timer = threading.Timer(1.0, lambda: started.append(StubRasa(port)))
    with a_client(office, rasa_port=port, rasa_timeout_seconds=10) as client:
        me = Visitor(client)
        timer.start()
        assert me.say("环评要多久")[1]["text"] == "答：环评要多久"
    (stub,) = started
    stub.stop()
    assert len(stub.heard) == 1
    assert faults(office) == []


# --- limits ---


def test_too_many_messages_are_held_up_and_other_conversations_are_not(office: Office) -> None:
    with a_client(office, messages_per_minute=3) as client:
        me, other = Visitor(client), Visitor(client)
        for number in range(3):
            me.say(f"问题{number}")
        refused = me.send("问题4")
        assert_problem(refused, 429, "too_many_requests")
        assert int(refused.headers["retry-after"]) > 0
        assert len(me.history()) == 7
        other.say("别的问题")


def test_too_many_conversations_are_held_up(office: Office) -> None:
    with a_client(office, conversations_per_minute=2) as client:
        assert [client.post(CONVERSATIONS).status_code for _ in range(2)] == [201, 201]
        assert_problem(client.post(CONVERSATIONS), 429, "too_many_requests")


def test_phone_tails_cannot_be_tried_out(client: TestClient) -> None:
    path = f"{APPOINTMENTS}/R2345678"
    for tail in range(LOOKUPS_PER_MINUTE):
        client.get(path, params={"phone_tail": f"{tail:04}"})
    assert_problem(client.get(path, params={"phone_tail": "9999"}), 429, "too_many_requests")
    refused = client.request("DELETE", path, json={"phone_tail": "9999"})
    assert_problem(refused, 429, "too_many_requests")


def test_bookings_are_limited(client: TestClient) -> None:
    for _ in range(BOOKINGS_PER_MINUTE):
        client.post(APPOINTMENTS, json=a_wish(1, phone="123"))
    assert_problem(client.post(APPOINTMENTS, json=a_wish(1)), 429, "too_many_requests")


# --- openings and appointments ---


def test_openings_are_listed_between_days_inclusive(client: TestClient, office: Office) -> None:
    for days in (9, 3, 4, 6):
        starts_at = utc_now() + timedelta(days=days)
        an_opening(office, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=30))
    every = client.get(OPENINGS).json()["openings"]
    assert len(every) == 4
    keys = {"id", "starts_at", "ends_at", "place", "place_is_example", "seats_left"}
    assert all(set(one) == keys for one in every)
    assert [one["starts_at"] for one in every] == sorted(one["starts_at"] for one in every)
    days = sorted({local(datetime.fromisoformat(one["starts_at"])).date() for one in every})
    some = client.get(OPENINGS, params={"from": str(days[1]), "to": str(days[2])}).json()
    found = {local(datetime.fromisoformat(one["starts_at"])).date() for one in some["openings"]}
    assert found == set(days[1:3])
    backwards = client.get(OPENINGS, params={"from": str(days[2]), "to": str(days[1])}).json()
    assert backwards == {"openings": []}


def test_openings_follow_the_schedule_once_the_service_runs(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web.clock, "publish", PUBLISH)
    stray = an_opening(office)
    scheduled = replace(office, reception=Reception(**daily_schedule()))
    with a_client(scheduled) as client:

        def listed() -> set[int]:
            return {one["id"] for one in client.get(OPENINGS).json()["openings"]}

        wait_for(lambda: len(listed()) > 50, "the openings of the schedule")
        assert stray not in listed()


def test_an_appointment_is_booked_looked_up_and_cancelled(
    client: TestClient, office: Office
) -> None:
    opening = an_opening(office)

    def seats() -> int:
        listed = client.get(OPENINGS).json()["openings"]
        return next(one["seats_left"] for one in listed if one["id"] == opening)

    assert seats() == 1
    answer = client.post(APPOINTMENTS, json=a_wish(opening))
    assert answer.status_code == 201
    booked = answer.json()["appointment"]
    keys = "code status starts_at ends_at place place_is_example company attendees page"
    assert set(booked) == set(keys.split()), "no phone, no name"
    assert (booked["status"], booked["attendees"]) == ("booked", 2)
    assert seats() == 0
    path = f"{APPOINTMENTS}/{booked['code']}"
    tail = {"phone_tail": "8000"}
    assert client.get(path.lower(), params=tail).json()["appointment"] == booked
    cancelled = client.request("DELETE", path, json=tail).json()["appointment"]
    assert cancelled == {**booked, "status": "cancelled"}
    assert client.get(path, params=tail).json()["appointment"] == cancelled
    assert seats() == 1
    assert_problem(client.request("DELETE", path, json=tail), 409, "appointment_closed")
    assert client.post(APPOINTMENTS, json=a_wish(opening)).status_code == 201


def test_a_wrong_phone_tail_finds_nothing_and_cancels_nothing(
    client: TestClient, office: Office
) -> None:
    wish = a_wish(an_opening(office))
    code = client.post(APPOINTMENTS, json=wish).json()["appointment"]["code"]
    wrong = client.get(f"{APPOINTMENTS}/{code}", params={"phone_tail": "8001"})
    assert_problem(wrong, 404, "appointment_not_found")
    unknown = client.get(f"{APPOINTMENTS}/R2345678", params={"phone_tail": "8001"})
    assert wrong.json() == unknown.json(), "a stranger learns nothing about which codes exist"
    refused = client.request("DELETE", f"{APPOINTMENTS}/{code}", json={"phone_tail": "8001"})
    assert_problem(refused, 404, "appointment_not_found")
    found = client.get(f"{APPOINTMENTS}/{code}", params={"phone_tail": "8000"}).json()
    assert found["appointment"]["status"] == "booked"


def test_the_same_idempotency_key_books_once(client: TestClient, office: Office) -> None:
    opening = an_opening(office, capacity=3)
    headers = {"Idempotency-Key": "key-12345"}
    first = client.post(APPOINTMENTS, json=a_wish(opening), headers=headers)
    again = client.post(APPOINTMENTS, json=a_wish(opening), headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = client.post(APPOINTMENTS, json=a_wish(opening, attendees=3), headers=headers)
    assert_problem(other, 409, "idempotency_conflict")
    assert count(office, Appointment) == 1


def test_the_same_idempotency_key_at_once_books_once(client: TestClient, office: Office) -> None:
    wish = a_wish(an_opening(office, capacity=9))

    def book(_: int) -> Any:
        return client.post(APPOINTMENTS, json=wish, headers={"Idempotency-Key": "key-12345"})

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(book, range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["appointment"]["code"] for answer in answers}) == 1
    assert count(office, Appointment) == 1


@pytest.mark.parametrize("key", ["", "short", "k" * 101])
def test_an_idempotency_key_has_a_sane_length(client: TestClient, office: Office, key: str) -> None:
    wish = a_wish(an_opening(office))
    refused = client.post(APPOINTMENTS, json=wish, headers={"Idempotency-Key": key})
    assert_problem(refused, 422, "invalid_request")
    assert count(office, Appointment) == 0


def test_the_last_seat_goes_to_one_of_many(client: TestClient, office: Office) -> None:
    wish = a_wish(an_opening(office, capacity=2))
    with ThreadPoolExecutor(6) as pool:
        wishes = [wish | {"company": f"武汉示例{n}有限公司"} for n in "甲乙丙丁戊己"]
        answers = list(pool.map(lambda each: client.post(APPOINTMENTS, json=each), wishes))
    assert sorted(answer.status_code for answer in answers) == [201, 201, 409, 409, 409, 409]
    for answer in answers:
        if answer.status_code == 409:
            assert_problem(answer, 409, "opening_full")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"opening": 999_999}, 404, "unknown_opening"),
        ({"opening": 10**30}, 422, "invalid_request"),
        ({"opening": "soon"}, 422, "invalid_request"),
        ({"opening": None}, 422, "invalid_request"),
        ({"company": "😀😀"}, 422, "invalid_company"),
        ({"company": ""}, 422, "invalid_company"),
        ({"company": "公" * 81}, 422, "invalid_company"),
        ({"company": "公" * 501}, 422, "invalid_request"),
        ({"company": None}, 422, "invalid_request"),
        ({"contact": "<b>王</b>"}, 422, "invalid_contact"),
        ({"phone": "123"}, 422, "invalid_phone"),
        ({"phone": "+1 202 555 0100"}, 422, "invalid_phone"),
        ({"attendees": 0}, 422, "invalid_attendees"),
        ({"attendees": 6}, 422, "invalid_attendees"),
        ({"attendees": 10**30}, 422, "invalid_attendees"),
        ({"attendees": 2.5}, 422, "invalid_request"),
        ({"attendees": "two"}, 422, "invalid_request"),
        ({"description": "?"}, 422, "invalid_subject"),
        ({"description": "问" * 501}, 422, "invalid_subject"),
        ({"uscc": "9" * 19}, 422, "invalid_uscc"),
        ({"goal": "问" * 501}, 422, "invalid_goal"),
    ],
)
def test_a_bad_wish_is_refused_by_name(
    client: TestClient, office: Office, changes: dict[str, Any], status: int, code: str
) -> None:
    wish = a_wish(an_opening(office))
    assert_problem(client.post(APPOINTMENTS, json=wish | changes), status, code)
    assert count(office, Appointment) == 0


def test_an_opening_in_the_past_or_too_soon_cannot_be_booked(
    client: TestClient, office: Office
) -> None:
    for hours in (-24, 1):
        starts_at = utc_now() + timedelta(hours=hours)
        opening = an_opening(office, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1))
        answer = client.post(APPOINTMENTS, json=a_wish(opening))
        assert_problem(answer, 409, "opening_past")


def test_a_withdrawn_opening_cannot_be_booked(client: TestClient, office: Office) -> None:
    opening = an_opening(office, withdrawn=True)
    assert all(one["id"] != opening for one in client.get(OPENINGS).json()["openings"])
    answer = client.post(APPOINTMENTS, json=a_wish(opening))
    assert_problem(answer, 404, "unknown_opening")


# --- around the API ---


def test_health_is_the_process_and_readiness_is_every_part(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json() == {"database": True, "bot": True, "actions": True}


def test_readiness_names_the_part_that_is_missing(office: Office, tmp_path: Path) -> None:
    (port,) = free_ports(1)
    for change in ("rasa_port", "actions_port"):
        with a_client(office, **{change: port}) as client:
            answer = client.get("/readyz")
            assert answer.status_code == 503
            missing = [name for name, ready in answer.json().items() if not ready]
            assert missing == [{"rasa_port": "bot", "actions_port": "actions"}[change]]
            assert client.get("/healthz").status_code == 200
    empty = replace(office, database=Database(f"sqlite:///{tmp_path / 'empty.db'}"))
    answer = a_client(empty).get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"database": False, "bot": True, "actions": True}


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", MESSAGES), ("POST", APPOINTMENTS), ("DELETE", f"{APPOINTMENTS}/R2345678")],
)
def test_any_page_may_embed_the_widget(client: TestClient, method: str, path: str) -> None:
    wanted = "authorization, content-type, idempotency-key"
    preflight = client.options(
        path,
        headers={
            "Origin": "https://elsewhere.example",
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": wanted,
        },
    )
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "*"
    assert method in preflight.headers["access-control-allow-methods"]
    allowed = preflight.headers["access-control-allow-headers"].lower()
    assert all(name in allowed for name in wanted.split(", "))
    assert "access-control-allow-credentials" not in preflight.headers


def test_answers_and_problems_can_be_read_from_any_page(
    client: TestClient, me: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(client.app.state.rasa, "reply", fail)
    origin = {"Origin": "https://elsewhere.example"}
    body = {"id": "message-1", "text": "环评要多久"}
    for answer, status in (
        (client.post(CONVERSATIONS, headers=origin), 201),
        (client.get("/static/widget/panel.js", headers=origin), 200),
        (client.get(MESSAGES, headers=origin), 401),
        (client.get("/api/v1/nothing", headers=origin), 404),
        (client.post(MESSAGES, json=body, headers={**origin, **me.headers}), 500),
    ):
        assert answer.status_code == status
        assert answer.headers["access-control-allow-origin"] == "*", status


def test_every_answer_carries_the_security_headers(client: TestClient, me: Visitor) -> None:
    for path in ("/", "/healthz", "/static/widget.js", MESSAGES, "/api/v1/nothing"):
        headers = client.get(path, headers=me.headers).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "set-cookie" not in headers
    assert client.get(MESSAGES, headers=me.headers).headers["cache-control"] == "no-store"
    policy = client.get("/").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "unsafe-eval" not in policy
    assert "script-src" not in policy, "scripts come from our own files only"


def test_the_description_of_the_api_lists_what_there_is(client: TestClient) -> None:
    answer = client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    found = {
        (method.upper(), path)
        for path, methods in answer.json()["paths"].items()
        for method in methods
    }
    assert found == {
        ("POST", CONVERSATIONS),
        ("POST", MESSAGES),
        ("GET", MESSAGES),
        ("GET", OPENINGS),
        ("POST", APPOINTMENTS),
        ("GET", f"{APPOINTMENTS}/{{code}}"),
        ("GET", f"{APPOINTMENTS}/{{code}}.ics"),
        ("PATCH", f"{APPOINTMENTS}/{{code}}"),
        ("POST", f"{APPOINTMENTS}/{{code}}/accept"),
        ("DELETE", f"{APPOINTMENTS}/{{code}}"),
    }
