"""The log of inquiries."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from desk.database import Database
from desk.errors import ConversationNotFound, InquiryNotFound, TextEmpty, TextTooLong
from desk.models import Inquiry, LogEntry
from desk.services import conversations, inquiries
from desk.services.inquiries import MOST_REPLY
from tests.builders import CONVERSATION, NOW, a_database


def an_inquiry(database: Database, text: str = "环评要多少天", **changes: Any) -> Inquiry:
    facts = {
        "conversation": CONVERSATION,
        "key": None,
        "kind": "answer",
        "topic": "eia.procedure",
        "confidence": 0.9,
        "candidates": [{"id": "eia.procedure", "score": 0.9}],
        "knowledge_version": "v1",
        "status": "closed",
        "now": NOW,
    } | changes
    return database.write(lambda s: inquiries.record(s, text=text, **facts))


def test_an_inquiry_is_found_by_its_receipt_number(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    code = an_inquiry(database).code
    found = database.read(lambda s: inquiries.find(s, code))
    assert (found.text, found.created_at, found.status) == ("环评要多少天", NOW, "closed")
    assert code.startswith("Q")


def test_an_unknown_receipt_number_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InquiryNotFound):
        a_database(tmp_path).read(lambda s: inquiries.find(s, "Q2345678"))


def test_the_same_message_is_logged_once(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    assert an_inquiry(database, key="m1").code == an_inquiry(database, key="m1").code
    assert an_inquiry(database, key="m2").code != an_inquiry(database, key="m1").code
    assert an_inquiry(database).code != an_inquiry(database).code


def test_the_same_message_id_in_another_conversation_is_another_inquiry(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    other = an_inquiry(database, key="m1", conversation="d" * 32)
    assert an_inquiry(database, key="m1").code != other.code


def test_an_inquiry_that_turns_out_to_need_a_person_is_opened(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    an_inquiry(database, key="m1")
    assert an_inquiry(database, key="m1", status="open").status == "open"
    assert an_inquiry(database, key="m1", status="closed").status == "open"


def test_a_visitor_sees_what_was_left_to_staff_latest_first(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    first = an_inquiry(database, "一", status="open")
    an_inquiry(database, "机器人答了", status="closed")
    second = an_inquiry(database, "二", status="open")
    an_inquiry(database, "别人的", status="open", conversation="d" * 32)
    found = database.read(lambda s: inquiries.of_conversation(s, CONVERSATION))
    assert [inquiry.code for inquiry in found] == [second.code, first.code]


def test_what_is_under_discussion_is_the_topic_answered_last(tmp_path: Path) -> None:
    database = a_database(tmp_path)

    def topic() -> str | None:
        return database.read(
            lambda s: inquiries.under_discussion(s, CONVERSATION, NOW - timedelta(minutes=30))
        )

    assert topic() is None
    an_inquiry(database, topic="eia.procedure", kind="answer")
    assert topic() == "eia.procedure"
    an_inquiry(database, "转人工", topic="task.human", kind="task")
    assert topic() is None


def test_a_reply_is_kept_said_in_the_conversation_and_logged(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    home = database.write(lambda s: conversations.start(s, NOW).id)
    code = an_inquiry(database, conversation=home, status="open").code
    later = NOW + timedelta(hours=1)
    database.write(lambda s: inquiries.reply(s, code, " 六十日以内。 ", "王晓梅", later))
    found = database.read(lambda s: inquiries.find(s, code))
    assert (found.status, found.reply, found.replied_by, found.replied_at) == (
        "answered",
        "六十日以内。",
        "王晓梅",
        later,
    )
    (said,) = database.read(lambda s: conversations.history(s, home))
    assert (said.author, said.text, said.payload) == ("staff", "六十日以内。", {"inquiry": code})
    entry = database.read(lambda s: s.scalar(select(LogEntry)))
    assert (entry.actor, entry.action, entry.subject) == ("王晓梅", "inquiry.reply", code)


@pytest.mark.parametrize(
    ("text", "error"), [("", TextEmpty), (" \n", TextEmpty), ("长" * (MOST_REPLY + 1), TextTooLong)]
)
def test_an_empty_or_endless_reply_is_refused(
    tmp_path: Path, text: str, error: type[Exception]
) -> None:
    database = a_database(tmp_path)
    home = database.write(lambda s: conversations.start(s, NOW).id)
    code = an_inquiry(database, conversation=home, status="open").code
    with pytest.raises(error):
        database.write(lambda s: inquiries.reply(s, code, text, "王晓梅", NOW))
    assert database.read(lambda s: inquiries.find(s, code)).status == "open"


def test_a_reply_that_cannot_be_said_is_not_kept_either(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    code = an_inquiry(database, status="open").code
    with pytest.raises(ConversationNotFound):
        database.write(lambda s: inquiries.reply(s, code, "答复", "王晓梅", NOW))
    assert database.read(lambda s: inquiries.find(s, code)).status == "open"


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({}, ["乙 100%", "甲", "丙"]),
        ({"status": "open"}, ["乙 100%"]),
        ({"kind": "refusal"}, ["甲"]),
        ({"topic": "planning"}, ["丙"]),
        ({"search": "乙"}, ["乙 100%"]),
        ({"search": "%"}, ["乙 100%"]),
        ({"search": "_"}, []),
        ({"search": "'; DROP TABLE inquiry;--"}, []),
        ({"since": NOW}, ["乙 100%", "甲"]),
        ({"until": NOW}, ["丙"]),
        ({"status": "", "kind": None}, ["乙 100%", "甲", "丙"]),
    ],
)
def test_staff_filter_and_search(tmp_path: Path, filters: dict[str, Any], found: list[str]) -> None:
    database = a_database(tmp_path)
    an_inquiry(database, "丙", topic="planning", now=NOW - timedelta(days=1))
    an_inquiry(database, "甲", kind="refusal")
    an_inquiry(database, "乙 100%", status="open")
    rows, total = database.read(lambda s: inquiries.listing(s, **filters))
    assert ([row.text for row in rows], total) == (found, len(found))


def test_staff_search_by_receipt_number_in_any_case(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    an_inquiry(database, "甲")
    code = an_inquiry(database, "乙").code
    rows, _ = database.read(lambda s: inquiries.listing(s, search=code.lower()))
    assert [row.text for row in rows] == ["乙"]


def test_a_long_list_comes_in_pages(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    for n in range(5):
        an_inquiry(database, f"第{n}问")
    rows, total = database.read(lambda s: inquiries.listing(s, page=2, size=2))
    assert ([row.text for row in rows], total) == (["第2问", "第1问"], 5)
    assert database.read(lambda s: inquiries.listing(s, page=9, size=2)) == ([], 5)
    assert len(database.read(lambda s: inquiries.listing(s, page=0, size=2))[0]) == 2
