"""The table of messages out; import it from ``desk.models`` like all others."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from desk.tables import Base


class OutboxMessage(Base):
    """A message that is to leave the house, written in the transaction of what it tells about.

    ``event_key`` and ``channel`` are its identity: the same event never goes out twice over one
    channel. ``facts`` are a snapshot without personal data; names and telephones are read when it
    is sent. ``state``:

    - ``pending``: to be sent from ``due_at`` on;
    - ``sending``: claimed by a sender until ``claimed_until``; if it died, others take over then;
    - ``sent``;  ``failed``: given up, for staff to see;
    - ``dropped``: not true or of no use any more.

    ``reason`` is a code of what went wrong last, never the other side's words.
    """

    __tablename__ = "outbox_message"
    __table_args__ = (
        UniqueConstraint("event_key", "channel"),
        Index("ix_outbox_message_due", "channel", "state", "due_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    event_key: Mapped[str] = mapped_column(String(80))
    event: Mapped[str] = mapped_column(String(32))
    channel: Mapped[str] = mapped_column(String(16))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    facts: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(8))
    attempts: Mapped[int]
    created_at: Mapped[datetime]
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(40))
