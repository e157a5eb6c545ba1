"""The log of inquiries: record, find, list for staff, reply."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from desk.codes import INQUIRY, new_code
from desk.errors import InquiryNotFound, TextEmpty, TextTooLong
from desk.models import Inquiry, LogEntry
from desk.services import conversations

MOST_REPLY = 4000


def record(
    session: Session,
    *,
    conversation: str,
    key: str | None,
    text: str,
    kind: str,
    topic: str,
    confidence: float,
    candidates: list[Any],
    knowledge_version: str,
    status: str,
    now: datetime,
    closest: Sequence[Any] = (),
) -> Inquiry:
    """Log a question. The same message (``conversation``, ``key``) is logged once; if a later
    reading needs a person (``status`` open), the one inquiry is opened."""
    found = None
    if key is not None:
        found = session.scalar(
            select(Inquiry).where(
                Inquiry.conversation_id == conversation, Inquiry.message_key == key
            )
        )
    if found is not None:
        if status == "open" and found.status == "closed":
            found.status = "open"
        return found
    inquiry = Inquiry(
        code=new_code(INQUIRY),
        conversation_id=conversation,
        message_key=key,
        text=text,
        kind=kind,
        topic=topic,
        confidence=confidence,
        candidates=candidates,
        closest=list(closest),
        knowledge_version=knowledge_version,
        status=status,
        created_at=now,
    )
    session.add(inquiry)
    session.flush()
    return inquiry


def under_discussion(session: Session, conversation: str, since: datetime) -> str | None:
    """The topic that a conversation's latest question since a moment was answered with."""
    latest = session.scalar(
        select(Inquiry)
        .where(Inquiry.conversation_id == conversation, Inquiry.created_at >= since)
        .order_by(Inquiry.id.desc())
        .limit(1)
    )
    return latest.topic if latest is not None and latest.kind == "answer" else None


def answered_lately(session: Session, conversation: str, since: datetime) -> Inquiry | None:
    """The latest question of a conversation since a moment that was answered with a topic."""
    return session.scalar(
        select(Inquiry)
        .where(
            Inquiry.conversation_id == conversation,
            Inquiry.created_at >= since,
            Inquiry.kind == "answer",
        )
        .order_by(Inquiry.id.desc())
        .limit(1)
    )


def reopen_latest(session: Session, conversation: str, since: datetime) -> Inquiry | None:
    """Hand the conversation's latest question since a moment to a person; None if there is none."""
    latest = session.scalar(
        select(Inquiry)
        .where(
            Inquiry.conversation_id == conversation,
            Inquiry.created_at >= since,
            Inquiry.topic != "task.human",
        )
        .order_by(Inquiry.id.desc())
        .limit(1)
    )
    if latest is not None and latest.status == "closed":
        latest.status = "open"
    return latest if latest is not None and latest.status == "open" else None


def of_conversation(session: Session, conversation: str) -> Sequence[Inquiry]:
    """The inquiries of a conversation that went to a person, latest first."""
    return session.scalars(
        select(Inquiry)
        .where(Inquiry.conversation_id == conversation, Inquiry.status != "closed")
        .order_by(Inquiry.id.desc())
        .limit(10)
    ).all()


def all_of(session: Session, conversation: str) -> Sequence[Inquiry]:
    """All inquiries of a conversation, as they came."""
    return session.scalars(
        select(Inquiry).where(Inquiry.conversation_id == conversation).order_by(Inquiry.id)
    ).all()


def find(session: Session, code: str) -> Inquiry:
    """The inquiry of a receipt number; raises ``InquiryNotFound``."""
    inquiry = session.scalar(select(Inquiry).where(Inquiry.code == code))
    if inquiry is None:
        raise InquiryNotFound(code=code)
    return inquiry


def listing(
    session: Session,
    *,
    status: str | None = None,
    kind: str | None = None,
    topic: str | None = None,
    search: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    page: int = 1,
    size: int = 50,
) -> tuple[Sequence[Inquiry], int]:
    """A page of inquiries, latest first, and how many there are in all.

    ``search`` looks in the text and the receipt number; ``since`` is inclusive, ``until`` not.
    """
    query = select(Inquiry)
    for column, wanted in ((Inquiry.status, status), (Inquiry.kind, kind), (Inquiry.topic, topic)):
        if wanted:
            query = query.where(column == wanted)
    if search:
        query = query.where(
            Inquiry.text.contains(search, autoescape=True) | (Inquiry.code == search.upper())
        )
    if since:
        query = query.where(Inquiry.created_at >= since)
    if until:
        query = query.where(Inquiry.created_at < until)
    total = session.scalar(select(func.count()).select_from(query.subquery())) or 0
    rows = session.scalars(
        query.order_by(Inquiry.id.desc()).offset((max(page, 1) - 1) * size).limit(size)
    ).all()
    return rows, total


def reply(session: Session, code: str, text: str, staff: str, now: datetime) -> Inquiry:
    """A person's reply: kept with the inquiry and put into the visitor's conversation."""
    text = text.strip()
    if not text:
        raise TextEmpty()
    if len(text) > MOST_REPLY:
        raise TextTooLong(most=MOST_REPLY)
    inquiry = find(session, code)
    inquiry.reply, inquiry.replied_at, inquiry.replied_by = text, now, staff
    inquiry.status = "answered"
    conversations.say(
        session, inquiry.conversation_id, "staff", text, now, payload={"inquiry": inquiry.code}
    )
    session.add(LogEntry(at=now, actor=staff, action="inquiry.reply", subject=code))
    return inquiry
