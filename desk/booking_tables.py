"""The tables of the reception days; import them from ``desk.models`` like all others."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from desk.tables import Base


class Opening(Base):
    """A time that can be booked, with ``capacity`` seats.

    ``rule`` and ``planned_at`` (the start that the rule gave it) are its identity for publishing:
    staff may move ``starts_at``. ``decided`` names the columns that an exception of staff put to
    what they are.
    """

    __tablename__ = "opening"
    __table_args__ = (
        UniqueConstraint("rule", "planned_at"),
        UniqueConstraint("id", "capacity"),
        CheckConstraint("capacity >= 1", name="capacity_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(String(64))
    planned_at: Mapped[datetime] = mapped_column(
        default=lambda context: context.get_current_parameters()["starts_at"]
    )
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(200))
    host: Mapped[str] = mapped_column(String(200), default="")
    capacity: Mapped[int]
    example: Mapped[bool] = mapped_column(default=False)
    withdrawn: Mapped[bool] = mapped_column(default=False)
    decided: Mapped[list[Any]] = mapped_column(default=list)

    appointments: Mapped[list[Appointment]] = relationship(back_populates="opening")


class Appointment(Base):
    """A visit, or the wish for one. ``status``:

    - ``booked``: holds seat 1..capacity; ``UNIQUE(opening_id, seat)`` and ``seat <= capacity``
      (the opening's, carried along by the foreign key) make overbooking impossible by schema;
    - ``waiting``: on the waiting list since ``waiting_since``, without a seat;
    - ``held``: a seat became free and is kept for this visitor until ``held_until``;
    - ``lapsed``: waited in vain, or let the offer pass;  ``cancelled``: given up.

    ``request_key`` makes a repeated request book once. ``changes`` counts reschedulings, for
    calendars that follow the appointment. ``description`` is the subject, ``goal`` what the
    company wants settled.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        UniqueConstraint("opening_id", "seat"),
        ForeignKeyConstraint(
            ["opening_id", "opening_capacity"],
            ["opening.id", "opening.capacity"],
            name="fk_appointment_opening",
            onupdate="CASCADE",
        ),
        CheckConstraint("seat >= 1 AND seat <= opening_capacity", name="seat_within_capacity"),
        CheckConstraint(
            "(status IN ('booked', 'held')) = (seat IS NOT NULL)", name="seat_while_booked"
        ),
        CheckConstraint("(status = 'held') = (held_until IS NOT NULL)", name="held_until_when"),
        Index("ix_appointment_company_key", "company_key"),
        Index("ix_appointment_status", "status"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)
    opening_id: Mapped[int]
    opening_capacity: Mapped[int]
    seat: Mapped[int | None]
    status: Mapped[str] = mapped_column(String(16), default="booked")
    company: Mapped[str] = mapped_column(String(200))
    company_key: Mapped[str] = mapped_column(String(200), default="")
    contact: Mapped[str] = mapped_column(String(60))
    phone: Mapped[str] = mapped_column(String(20))
    attendees: Mapped[int]
    topic: Mapped[str | None] = mapped_column(String(64))
    description: Mapped[str] = mapped_column(Text)
    goal: Mapped[str | None] = mapped_column(Text)
    uscc: Mapped[str | None] = mapped_column(String(18))
    conversation_id: Mapped[str | None] = mapped_column(String(64), index=True)
    request_key: Mapped[str | None] = mapped_column(String(128), unique=True)
    created_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    changes: Mapped[int] = mapped_column(default=0)

    opening: Mapped[Opening] = relationship(
        back_populates="appointments", lazy="joined", innerjoin=True
    )


class ScheduleException(Base):
    """What staff decided against the rules of ``knowledge/reception.yml`` for one local ``day``.

    ``kind``: ``close``, ``add``, ``move`` or ``host``. ``rule`` and ``starts_at`` narrow it to one
    rule's openings or to one opening; None means all of the day. ``details`` by kind:
    add ``{begins, ends, opening_minutes, seats, place, host}``, move ``{to_day, begins?, place?}``,
    host ``{host}``. Later ones see what earlier ones made. An undone one stays as a record.
    """

    __tablename__ = "schedule_exception"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(8))
    day: Mapped[date] = mapped_column(index=True)
    rule: Mapped[str | None] = mapped_column(String(64))
    starts_at: Mapped[datetime | None]
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    note: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(64))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None] = mapped_column(String(64))


class Notice(Base):
    """Something a visitor must be told in the chat that nobody is answering in at the moment.

    Written with what happened, in the same transaction; ``told_at`` is set with the message.
    """

    __tablename__ = "notice"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    event: Mapped[str] = mapped_column(String(64))
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"))
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    told_at: Mapped[datetime | None] = mapped_column(index=True)
