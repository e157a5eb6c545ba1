"""The tables. All moments are aware UTC in Python and naive UTC in the database."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, kept as naive UTC; a naive one is a mistake and is refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without time zone")
        return value.astimezone(timezone.utc).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value.replace(tzinfo=timezone.utc) if value is not None else None


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }


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
    knowledge_version: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(index=True)
    reply: Mapped[str | None] = mapped_column(Text)
    replied_at: Mapped[datetime | None]
    replied_by: Mapped[str | None] = mapped_column(String(64))


class Opening(Base):
    """A time that can be booked, with ``capacity`` seats; made from a schedule's rule."""

    __tablename__ = "opening"
    __table_args__ = (
        UniqueConstraint("rule", "starts_at"),
        CheckConstraint("capacity >= 1", name="capacity_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(String(64))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(200))
    host: Mapped[str] = mapped_column(String(200), default="")
    capacity: Mapped[int]
    example: Mapped[bool] = mapped_column(default=False)
    withdrawn: Mapped[bool] = mapped_column(default=False)

    appointments: Mapped[list[Appointment]] = relationship(back_populates="opening")


class Appointment(Base):
    """A booked seat. ``seat`` is 1..capacity and None once cancelled: ``UNIQUE(opening_id, seat)``
    makes overbooking impossible by schema. ``request_key`` makes a repeated request book once."""

    __tablename__ = "appointment"
    __table_args__ = (
        UniqueConstraint("opening_id", "seat"),
        CheckConstraint("seat >= 1", name="seat_positive"),
        CheckConstraint("(status = 'booked') = (seat IS NOT NULL)", name="seat_while_booked"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    opening_id: Mapped[int] = mapped_column(ForeignKey("opening.id"))
    seat: Mapped[int | None]
    status: Mapped[str] = mapped_column(String(16), default="booked")
    company: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(String(60))
    phone: Mapped[str] = mapped_column(String(20))
    attendees: Mapped[int]
    topic: Mapped[str | None] = mapped_column(String(64))
    description: Mapped[str] = mapped_column(Text)
    uscc: Mapped[str | None] = mapped_column(String(18))
    conversation_id: Mapped[str | None] = mapped_column(String(64), index=True)
    request_key: Mapped[str | None] = mapped_column(String(128), unique=True)
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]

    opening: Mapped[Opening] = relationship(back_populates="appointments", lazy="joined")


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
