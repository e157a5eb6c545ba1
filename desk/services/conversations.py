"""Conversations and their message log: start, take a message in once, store replies, history."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.errors import ConversationNotFound, TextEmpty, TextTooLong, UnknownButton
from desk.models import Conversation, Fault, Message
from desk.text import MOST_CHARACTERS


@dataclass(frozen=True)
class Turn:
    """A visitor's message that was taken in. ``pressed`` is the meaning of a pressed button
    (``action``, ``arguments``). ``answered`` if its replies are already stored."""

    seq: int
    text: str
    pressed: dict[str, Any] | None
    answered: bool


def start(session: Session, now: datetime) -> Conversation:
    """A new, empty conversation with an unguessable id."""
    conversation = Conversation(id=uuid.uuid4().hex, created_at=now)
    session.add(conversation)
    session.flush()
    return conversation


def receive(
    session: Session,
    conversation: str,
    client_id: str,
    now: datetime,
    *,
    text: str | None = None,
    button: str | None = None,
) -> Turn:
    """Log a visitor's message. The same ``client_id`` again is the same turn, logged once.

    Raises ``TextEmpty``, ``TextTooLong``, ``UnknownButton``, ``ConversationNotFound``.
    """
    home = _locked(session, conversation)
    known = session.scalar(
        select(Message).where(
            Message.conversation_id == conversation, Message.client_id == client_id
        )
    )
    if known is not None:
        return Turn(known.seq, known.text, known.payload.get("pressed"), known.answered)
    pressed = None
    if button is not None:
        pressed = _button(session, conversation, button)
        text = pressed.pop("title")
    text = (text or "").strip()
    if not text:
        raise TextEmpty()
    if len(text) > MOST_CHARACTERS:
        raise TextTooLong(most=MOST_CHARACTERS)
    message = _append(
        session,
        home,
        "visitor",
        text,
        now,
        client_id=client_id,
        payload={"pressed": pressed} if pressed else None,
    )
    return Turn(message.seq, text, pressed, False)


def store_replies(
    session: Session,
    conversation: str,
    seq: int,
    replies: Sequence[dict[str, Any]],
    now: datetime,
) -> None:
    """Store the bot's replies to message ``seq`` and mark it answered; a second time does nothing.

    Each reply has the shape of ``Reply.as_dict``.
    """
    home = _locked(session, conversation)
    asked = session.scalar(
        select(Message).where(Message.conversation_id == conversation, Message.seq == seq)
    )
    if asked is None or asked.answered:
        return
    asked.answered = True
    for reply in replies:
        payload = {key: value for key, value in reply.items() if key != "text"}
        _append(session, home, "bot", reply["text"], now, reply_to=seq, payload=payload)


def say(
    session: Session,
    conversation: str,
    author: str,
    text: str,
    now: datetime,
    *,
    payload: dict[str, Any] | None = None,
) -> Message:
    """Append a message that answers no particular one: a greeting, a reply of staff."""
    return _append(session, _locked(session, conversation), author, text, now, payload=payload)


def exchange(session: Session, conversation: str, seq: int) -> Sequence[Message]:
    """A visitor's message and the replies to it."""
    return session.scalars(
        select(Message)
        .where(
            Message.conversation_id == conversation,
            (Message.seq == seq) | (Message.reply_to == seq),
        )
        .order_by(Message.seq)
    ).all()


def history(
    session: Session, conversation: str, after: int = 0, most: int = 500
) -> Sequence[Message]:
    """Messages with a seq above ``after``, in order; the latest ``most`` of them."""
    rows = session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation, Message.seq > after)
        .order_by(Message.seq.desc())
        .limit(most)
    ).all()
    return rows[::-1]


def exists(session: Session, conversation: str) -> bool:
    """Whether the conversation is known."""
    return session.get(Conversation, conversation) is not None


def log_fault(
    session: Session, conversation: str | None, where: str, reason: str, now: datetime
) -> None:
    """Note a failure that the visitor was apologised to for."""
    session.add(Fault(at=now, conversation_id=conversation, where=where, reason=reason[:200]))


def _locked(session: Session, conversation: str) -> Conversation:
    """The conversation, locked where the database can: its counter is shared."""
    home = session.get(Conversation, conversation, with_for_update=True)
    if home is None:
        raise ConversationNotFound()
    return home


def _append(
    session: Session,
    home: Conversation,
    author: str,
    text: str,
    now: datetime,
    *,
    client_id: str | None = None,
    reply_to: int | None = None,
    payload: dict[str, Any] | None = None,
) -> Message:
    home.last_seq += 1
    message = Message(
        conversation_id=home.id,
        seq=home.last_seq,
        author=author,
        text=text,
        at=now,
        client_id=client_id,
        reply_to=reply_to,
        payload=payload or {},
    )
    session.add(message)
    session.flush()
    return message


def button_id(seq: int, index: int) -> str:
    """The public id of a button: its place. What it means stays on the server."""
    return f"{seq}.{index}"


def _button(session: Session, conversation: str, id_: str) -> dict[str, Any]:
    """Title, action and arguments of a button that this conversation was offered."""
    seq, _, index = id_.partition(".")
    # Short enough for any database's integers.
    if not (seq.isdecimal() and index.isdecimal() and max(len(seq), len(index)) < 10):
        raise UnknownButton()
    message = session.scalar(
        select(Message).where(
            Message.conversation_id == conversation,
            Message.seq == int(seq),
            Message.author == "bot",
        )
    )
    buttons = message.payload.get("buttons", []) if message else []
    if int(index) >= len(buttons):
        raise UnknownButton()
    return dict(buttons[int(index)])
