"""The tables. All moments are aware UTC in Python and naive UTC in the database."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from desk.booking_tables import Appointment, Notice, Opening, ScheduleException
from desk.check_tables import CheckRun, Verdict
from desk.host_tables import Attendance
from desk.outbox_tables import OutboxMessage
from desk.tables import Base, UtcDateTime

__all__ = [
    "Appointment",
    "Attendance",
    "Base",
    "CheckRun",
    "Conversation",
    "Fault",
    "Inquiry",
    "LogEntry",
    "Message",
    "Notice",
    "Opening",
    "OutboxMessage",
    "ScheduleException",
    "Staff",
    "UtcDateTime",
    "Verdict",
]


class Conversation(Base):
    """A visitor's chat. ``last_seq`` numbers its messages without gaps."""

    __tablename__ = "conversation"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    created_at: Mapped[datetime]
    last_seq: Mapped[int] = mapped_column(default=0)


class Message(Base):
    """One line of a conversation.

    ``client_id`` is the visitor's message id, unique within the conversation; ``reply_to`` is the
    seq of the visitor's message that a bot's line answers. ``answered`` is set on a visitor's
    message once its replies are stored. ``payload`` holds what the API shows beside the text, and
    for buttons the meaning that never leaves the server.
    """

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        UniqueConstraint("conversation_id", "client_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    seq: Mapped[int]
    author: Mapped[str] = mapped_column(String(8))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    client_id: Mapped[str | None] = mapped_column(String(64))
    reply_to: Mapped[int | None]
    answered: Mapped[bool] = mapped_column(default=False)
    payload: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Inquiry(Base):
    """A question as asked and as decided. ``code`` is the visitor's receipt number.

    ``status``: ``closed`` (the bot answered), ``open`` (needs a person), ``answered`` (a person
    replied). ``message_key`` is the visitor's message; the same message never makes two inquiries.
    """

    __tablename__ = "inquiry"
    __table_args__ = (
        Index("ix_inquiry_status_created_at", "status", "created_at"),
        UniqueConstraint("conversation_id", "message_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    conversation_id: Mapped[str] = mapped_column(String(64), index=True)
    message_key: Mapped[str | None] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(16), index=True)
    topic: Mapped[str] = mapped_column(String(64), index=True)
    confidence: Mapped[float]
    candidates: Mapped[list[Any]]
    closest: Mapped[list[Any]] = mapped_column(default=list)
    knowledge_version: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(index=True)
    reply: Mapped[str | None] = mapped_column(Text)
    replied_at: Mapped[datetime | None]
    replied_by: Mapped[str | None] = mapped_column(String(64))


class Staff(Base):
    """An account of the console."""

    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    password_changed_at: Mapped[datetime]


class LogEntry(Base):
    """Who did what when: staff actions and bookings. ``action`` is a dotted name."""

    __tablename__ = "log_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str] = mapped_column(String(64))
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str] = mapped_column(String(64))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Fault(Base):
    """A failure the visitor was apologised to for. Holds no words of the visitor."""

    __tablename__ = "fault"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    conversation_id: Mapped[str | None] = mapped_column(String(64))
    where: Mapped[str] = mapped_column(String(32))
    reason: Mapped[str] = mapped_column(String(200))
