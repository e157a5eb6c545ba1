"""A turn of the chat: log, ask Rasa, log the replies. One at a time per conversation."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

from desk.clock import iso, utc_now
from desk.errors import BotSilent
from desk.models import Message
from desk.office import Office
from desk.services import answering, conversations
from desk.services.conversations import button_id
from web.rasa import Rasa

log = logging.getLogger(__name__)


class Queue:
    """One message at a time per conversation. Rasa would make the second wait in one-second
    polls; and two forms of one visitor must not race."""

    def __init__(self) -> None:
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def turn(self, conversation: str) -> AsyncIterator[None]:
        lock = self._locks.setdefault(conversation, asyncio.Lock())
        async with lock:
            yield


def begin(office: Office) -> tuple[str, list[dict[str, Any]]]:
    """Start a conversation with the greeting; its id and its messages."""

    def work(session: Any) -> tuple[str, list[dict[str, Any]]]:
        now = utc_now()
        conversation = conversations.start(session, now).id
        hello = answering.greeting(office.shelf, office.words).as_dict()
        text = hello.pop("text")
        message = conversations.say(session, conversation, "bot", text, now, payload=hello)
        return conversation, [public(message)]

    return office.database.write(work)


def take(
    office: Office,
    rasa: Rasa,
    conversation: str,
    client_id: str,
    *,
    text: str | None,
    button: str | None,
) -> list[dict[str, Any]]:
    """Take a visitor's message in and answer it; the message and its replies.

    The same ``client_id`` gives the same messages. When a crash lost the replies of a logged
    message, it goes to Rasa again; booking is idempotent by this id.
    """
    turn = office.database.write(
        lambda session: conversations.receive(
            session, conversation, client_id, utc_now(), text=text, button=button
        ),
        durable=False,
    )
    if not turn.answered:
        try:
            replies = rasa.reply(conversation, turn, client_id)
        except BotSilent as error:
            log.error("bot silent (%s), conversation %s", error.facts["reason"], conversation)
            replies = [{"text": office.words.error(error)}]
            _note(office, conversation, str(error.facts["reason"]))
        office.database.write(
            lambda session: conversations.store_replies(
                session, conversation, turn.seq, replies, utc_now()
            ),
            durable=False,
        )
    found = office.database.read(
        lambda session: conversations.exchange(session, conversation, turn.seq)
    )
    return [public(message) for message in found]


def _note(office: Office, conversation: str, reason: str) -> None:
    office.database.write(
        lambda session: conversations.log_fault(session, conversation, "rasa", reason, utc_now())
    )


def public(message: Message) -> dict[str, Any]:
    """A message as the public API shows it; what buttons mean stays here."""
    payload = message.payload
    buttons = payload.get("buttons", [])
    shown: dict[str, Any] = {
        "seq": message.seq,
        "author": message.author,
        "text": message.text,
        "at": iso(message.at),
        "buttons": [
            {"id": button_id(message.seq, index), "title": button["title"]}
            for index, button in enumerate(buttons)
        ],
        "citations": payload.get("citations", []),
    }
    shown |= {
        name: payload[name]
        for name in ("decision", "inquiry", "appointment", "verdict")
        if name in payload
    }
    return shown
