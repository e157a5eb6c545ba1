"""Book, look up and cancel appointments. The rule for seats is written here and nowhere else.

A seat is a number 1..capacity with ``UNIQUE(opening_id, seat)``. ``book`` reads the taken seats
and inserts the first free one; if somebody else took it meanwhile, the insert breaks the unique
rule, the door re-runs the transaction, and the second run finds another seat or none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.clock import iso
from desk.codes import APPOINTMENT, new_code
from desk.contacts import (
    check_attendees,
    check_company,
    check_contact,
    check_phone,
    check_subject,
)
from desk.errors import (
    AppointmentClosed,
    AppointmentNotFound,
    IdempotencyConflict,
    OpeningFull,
    OpeningPast,
    UnknownOpening,
)
from desk.models import Appointment, LogEntry, Opening
from desk.schedule import Reception


@dataclass(frozen=True)
class Booking:
    """A wish for a seat, as typed. ``request_key`` identifies the request: the same key with the
    same contents books once, with other contents it is refused."""

    opening: int
    company: str
    contact: str
    phone: str
    attendees: int
    description: str
    topic: str | None = None
    uscc: str | None = None
    conversation: str | None = None
    request_key: str | None = None


def book(session: Session, reception: Reception, wish: Booking, now: datetime) -> Appointment:
    """Take a seat. Raises one ``Invalid…`` error per bad field, ``UnknownOpening``,
    ``OpeningPast``, ``OpeningFull`` or ``IdempotencyConflict``; then nothing is stored."""
    fields = {
        "company": check_company(wish.company),
        "contact": check_contact(wish.contact),
        "phone": check_phone(wish.phone),
        "attendees": check_attendees(wish.attendees, reception.most_attendees),
        "description": check_subject(wish.description),
        "topic": wish.topic,
        "uscc": wish.uscc,
        "opening_id": wish.opening,
    }
    if wish.request_key is not None:
        earlier = session.scalar(
            select(Appointment).where(Appointment.request_key == wish.request_key)
        )
        if earlier is not None:
            if any(getattr(earlier, name) != value for name, value in fields.items()):
                raise IdempotencyConflict()
            return earlier
    opening = session.get(Opening, wish.opening, with_for_update=True)
    if opening is None or opening.withdrawn:
        raise UnknownOpening(opening=wish.opening)
    if opening.starts_at <= now + timedelta(hours=reception.cutoff_hours):
        raise OpeningPast(opening=opening.id)
    taken = set(
        session.scalars(
            select(Appointment.seat).where(
                Appointment.opening_id == opening.id, Appointment.status == "booked"
            )
        )
    )
    seat = next((s for s in range(1, opening.capacity + 1) if s not in taken), None)
    if seat is None:
        raise OpeningFull(opening=opening.id)
    appointment = Appointment(
        **fields,
        code=new_code(APPOINTMENT),
        seat=seat,
        status="booked",
        conversation_id=wish.conversation,
        request_key=wish.request_key,
        created_at=now,
    )
    appointment.opening = opening
    session.add(appointment)
    session.flush()
    _log(session, appointment, "visitor", "appointment.book", now)
    return appointment


def find(
    session: Session, code: str, *, phone_tail: str | None = None, conversation: str | None = None
) -> Appointment:
    """The appointment of a code, for who booked it: in the same conversation, or with the last
    four digits of the phone. Anything else is ``AppointmentNotFound``."""
    appointment = session.scalar(select(Appointment).where(Appointment.code == code.upper()))
    if appointment is not None:
        if conversation is not None and appointment.conversation_id == conversation:
            return appointment
        if phone_tail is not None and appointment.phone[-4:] == phone_tail:
            return appointment
    raise AppointmentNotFound()


def upcoming(session: Session, conversation: str, now: datetime) -> Sequence[Appointment]:
    """The booked appointments of a conversation that are not over, in order of time."""
    return session.scalars(
        select(Appointment)
        .join(Opening)
        .where(
            Appointment.conversation_id == conversation,
            Appointment.status == "booked",
            Opening.ends_at > now,
        )
        .order_by(Opening.starts_at)
    ).all()


def by_code(session: Session, code: str) -> Appointment:
    """The appointment of a code, for staff; raises ``AppointmentNotFound``."""
    found = session.scalar(select(Appointment).where(Appointment.code == code))
    if found is None:
        raise AppointmentNotFound()
    return found


def of_conversation(session: Session, conversation: str) -> Sequence[Appointment]:
    """All appointments made in a conversation, in order of time."""
    return session.scalars(
        select(Appointment)
        .join(Opening)
        .where(Appointment.conversation_id == conversation)
        .order_by(Opening.starts_at, Appointment.id)
    ).all()


def cancel(
    session: Session, appointment: Appointment, now: datetime, *, actor: str = "visitor"
) -> Appointment:
    """Give the seat back. Raises ``AppointmentClosed`` if it is cancelled already and
    ``OpeningPast`` once the visit has begun."""
    if appointment.status != "booked":
        raise AppointmentClosed(code=appointment.code)
    if appointment.opening.starts_at <= now:
        raise OpeningPast(opening=appointment.opening_id)
    appointment.status, appointment.seat, appointment.cancelled_at = "cancelled", None, now
    session.flush()
    _log(session, appointment, actor, "appointment.cancel", now)
    return appointment


def between(session: Session, since: datetime, until: datetime) -> Sequence[Appointment]:
    """All appointments whose opening starts in the span, cancelled ones included."""
    return session.scalars(
        select(Appointment)
        .join(Opening)
        .where(Opening.starts_at >= since, Opening.starts_at < until)
        .order_by(Opening.starts_at, Appointment.seat, Appointment.id)
    ).all()


def as_public(appointment: Appointment) -> dict[str, Any]:
    """The appointment in the public API's shape, without phone and contact."""
    opening = appointment.opening
    return {
        "code": appointment.code,
        "status": appointment.status,
        "starts_at": iso(opening.starts_at),
        "ends_at": iso(opening.ends_at),
        "place": opening.place,
        "place_is_example": opening.example,
        "company": appointment.company,
        "attendees": appointment.attendees,
    }


def _log(
    session: Session, appointment: Appointment, actor: str, action: str, now: datetime
) -> None:
    facts = {"opening": appointment.opening_id}
    session.add(LogEntry(at=now, actor=actor, action=action, subject=appointment.code, facts=facts))
