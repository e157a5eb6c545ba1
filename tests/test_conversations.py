"""Conversations and their message log."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from desk.database import Database
from desk.errors import ConversationNotFound, TextEmpty, TextTooLong, UnknownButton
from desk.models import Fault
from desk.services import conversations
from desk.services.conversations import Turn, button_id
from desk.text import MOST_CHARACTERS
from tests.builders import NOW, a_database

BUTTON = {"title": "环评类别", "action": "show", "arguments": {"topic": "eia.category"}}


def started(database: Database) -> str:
    return database.write(lambda s: conversations.start(s, NOW).id)


def received(database: Database, home: str, client_id: str = "m1", **said: Any) -> Turn:
    return database.write(lambda s: conversations.receive(s, home, client_id, NOW, **said))


def answered(database: Database, home: str, seq: int, *replies: dict[str, Any]) -> None:
    database.write(lambda s: conversations.store_replies(s, home, seq, replies, NOW))


def texts(database: Database, home: str, after: int = 0) -> list[tuple[int, str, str]]:
    rows = database.read(lambda s: conversations.history(s, home, after))
    return [(row.seq, row.author, row.text) for row in rows]


def test_two_conversations_have_different_unguessable_ids(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    one, two = started(database), started(database)
    assert one != two
    assert len(one) == len(two) == 32


def test_a_message_and_its_replies_are_numbered_without_gaps(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    home = started(database)
    turn = received(database, home, text="  环评怎么办 ")
    assert turn == Turn(1, "环评怎么办", None, False)
    answered(database, home, 1, {"text": "一"}, {"text": "二"})
    received(database, home, "m2", text="谢谢")
    assert texts(database, home) == [
        (1, "visitor", "环评怎么办"),
        (2, "bot", "一"),
        (3, "bot", "二"),
        (4, "visitor", "谢谢"),
    ]
    assert texts(database, home, after=2) == [(3, "bot", "二"), (4, "visitor", "谢谢")]


def test_a_repeated_message_is_the_same_turn_and_logged_once(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    home = started(database)
    received(database, home, text="环评怎么办")
    answered(database, home, 1, {"text": "一"})
    again = received(database, home, text="别的内容")
    assert again == Turn(1, "环评怎么办", None, True)
    assert len(texts(database, home)) == 2


def test_two_conversations_may_use_the_same_message_id(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    for home in (started(database), started(database)):
        assert received(database, home, text="环评").seq == 1


def test_replies_are_stored_once(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    home = started(database)
    received(database, home, text="环评")
    answered(database, home, 1, {"text": "一"})
    answered(database, home, 1, {"text": "又一"})
    answered(database, home, 99, {"text": "无主"})
    assert [text for _, _, text in texts(database, home)] == ["环评", "一"]


def test_an_exchange_is_a_message_and_the_replies_to_it(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    home = started(database)
    received(database, home, text="环评")
    answered(database, home, 1, {"text": "一", "citations": [{"clause": "第1条"}]})
    database.write(lambda s: conversations.say(s, home, "staff", "人工答复", NOW))
    found = database.read(lambda s: conversations.exchange(s, home, 1))
    assert [row.text for row in found] == ["环评", "一"]
    assert found[1].payload == {"citations": [{"clause": "第1条"}]}


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"text": ""}, TextEmpty),
        ({"text": " \n\t "}, TextEmpty),
        ({}, TextEmpty),
        ({"text": "长" * (MOST_CHARACTERS + 1)}, TextTooLong),
        ({"button": "1.0"}, UnknownButton),
    ],
)
def test_an_unusable_message_is_refused_and_not_logged(
    tmp_path: Path, said: dict[str, str], error: type[Exception]
) -> None:
    database = a_database(tmp_path)
    home = started(database)
    with pytest.raises(error):
        received(database, home, **said)
    assert texts(database, home) == []


def test_the_longest_allowed_message_is_taken(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    assert received(database, started(database), text="长" * MOST_CHARACTERS).seq == 1


@pytest.mark.parametrize("text", ["🙂", "'; DROP TABLE message;--", "/book", "<b>", "a\u0000b"])
def test_odd_text_is_kept_as_it_was_said(tmp_path: Path, text: str) -> None:
    database = a_database(tmp_path)
    home = started(database)
    received(database, home, text=text)
    assert texts(database, home) == [(1, "visitor", text)]


def test_an_unknown_conversation_is_an_error(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    with pytest.raises(ConversationNotFound):
        received(database, "0" * 32, text="环评")
    assert not database.read(lambda s: conversations.exists(s, "0" * 32))


def test_a_pressed_button_says_its_title_and_means_what_the_server_knows(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    home = started(database)
    received(database, home, text="环评")
    answered(database, home, 1, {"text": "请选", "buttons": [BUTTON]})
    turn = received(database, home, "m2", button=button_id(2, 0))
    pressed = {"action": "show", "arguments": {"topic": "eia.category"}}
    assert (turn.text, turn.pressed) == ("环评类别", pressed)
    assert received(database, home, "m2", button=button_id(2, 0)).pressed == pressed


@pytest.mark.parametrize(
    "id_", ["2.1", "1.0", "3.0", "", "2", "2.", ".0", "-2.0", "2.-1", "2.0.0", "x.y", "9" * 30]
)
def test_a_button_that_was_not_offered_is_unknown(tmp_path: Path, id_: str) -> None:
    database = a_database(tmp_path)
    home = started(database)
    received(database, home, text="环评")
    answered(database, home, 1, {"text": "请选", "buttons": [BUTTON]})
    with pytest.raises(UnknownButton):
        received(database, home, "m2", button=id_)


def test_a_button_of_another_conversation_is_unknown(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    theirs, mine = started(database), started(database)
    received(database, theirs, text="环评")
    answered(database, theirs, 1, {"text": "请选", "buttons": [BUTTON]})
    received(database, mine, text="环评")
    answered(database, mine, 1, {"text": "没有按钮"})
    with pytest.raises(UnknownButton):
        received(database, mine, "m2", button=button_id(2, 0))


def test_only_the_latest_messages_of_a_long_history_come_back(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    home = started(database)
    for n in range(1, 6):
        received(database, home, f"m{n}", text=f"第{n}句")
    rows = database.read(lambda s: conversations.history(s, home, most=2))
    assert [row.seq for row in rows] == [4, 5]


def test_messages_at_the_same_moment_get_numbers_of_their_own(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    home = started(database)
    with ThreadPoolExecutor(8) as pool:
        turns = pool.map(lambda n: received(database, home, f"m{n}", text="环评"), range(16))
        assert sorted(turn.seq for turn in turns) == list(range(1, 17))


def test_the_same_message_twice_at_the_same_moment_is_logged_once(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    home = started(database)
    with ThreadPoolExecutor(8) as pool:
        turns = list(pool.map(lambda _: received(database, home, text="环评"), range(8)))
    assert {turn.seq for turn in turns} == {1}
    assert len(texts(database, home)) == 1


def test_a_fault_is_noted_and_a_long_reason_is_cut(tmp_path: Path) -> None:
    database = a_database(tmp_path)
    database.write(lambda s: conversations.log_fault(s, None, "rasa", "x" * 1000, NOW))
    fault = database.read(lambda s: s.scalar(select(Fault)))
    assert (fault.where, len(fault.reason)) == ("rasa", 200)
