"""Book, look up, reschedule and cancel appointments. The rule for seats is in ``seats``."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, object_session

from desk.clock import iso
from desk.errors import (
    AppointmentClosed,
    AppointmentNotFound,
    ChangeClosed,
    NotBookedYet,
    OfferGone,
    OpeningFull,
    OpeningPast,
)
from desk.models import Appointment, Opening
from desk.schedule import Reception
from desk.services import events, seats, visits, waitlist
from desk.services.events import STANDING, Event
from desk.services.visits import Booking

__all__ = ["Booking", "book", "cancel", "find", "reschedule"]


def book(session: Session, reception: Reception, wish: Booking, now: datetime) -> Appointment:
    """Take a seat. Raises one ``Invalid…`` error per bad field, ``UnknownOpening``,
    ``OpeningPast``, ``OpeningFull``, ``TooManyActive`` or ``IdempotencyConflict``; then nothing is
    stored."""
    fields = visits.checked(reception, wish)
    earlier = visits.repeated(session, wish, fields)
    if earlier is not None:
        return earlier
    visits.guard_active(session, reception, fields, now)
    opening = seats.bookable(session, reception, wish.opening, now)
    appointment = visits.new(
        wish, fields, opening, now, status="booked", seat=_seat(session, reception, opening, now)
    )
    session.add(appointment)
    events.happened(session, Event("appointment.book", appointment, "visitor", now))
    return appointment


def reschedule(
    session: Session,
    reception: Reception,
    appointment: Appointment,
    opening_id: int,
    now: datetime,
    *,
    actor: str = "visitor",
) -> Appointment:
    """Change to another opening in one write: the old seat is freed only with the new one taken.
    To the opening that it already is in, nothing changes.

    Raises ``AppointmentClosed``, ``NotBookedYet``, ``ChangeClosed`` for the old one, and what
    ``book`` raises for the new one; then the old seat is kept.
    """
    seats.lock(session, appointment, opening_id)
    _may_change(reception, appointment, now, actor)
    if appointment.status != "booked":
        raise NotBookedYet(code=appointment.code)
    if appointment.opening_id == opening_id:
        return appointment
    old, new = appointment.opening, seats.bookable(session, reception, opening_id, now)
    seat = _seat(session, reception, new, now)
    appointment.opening, appointment.seat = new, seat
    appointment.changes += 1
    facts = {"from_opening": old.id}
    events.happened(session, Event("appointment.reschedule", appointment, actor, now, facts))
    waitlist.advance(session, reception, old, now)
    return appointment


def cancel(
    session: Session,
    reception: Reception,
    appointment: Appointment,
    now: datetime,
    *,
    actor: str = "visitor",
) -> Appointment:
    """Give the seat or the place in line back. Raises ``AppointmentClosed`` if there is none any
    more, ``OpeningPast`` once the visit has begun, and for visitors ``ChangeClosed`` from the
    cut-off on (a place in line may be left at any time)."""
    seats.lock(session, appointment)
    _may_change(reception, appointment, now, actor)
    appointment.status, appointment.seat, appointment.held_until = "cancelled", None, None
    appointment.cancelled_at = now
    appointment.changes += 1
    events.happened(session, Event("appointment.cancel", appointment, actor, now))
    waitlist.advance(session, reception, appointment.opening, now)
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
    """What a conversation has ahead, booked or waiting, in order of time."""
    return session.scalars(
        select(Appointment)
        .join(Opening)
        .where(
            Appointment.conversation_id == conversation,
            Appointment.status.in_(STANDING),
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


def between(session: Session, since: datetime, until: datetime) -> Sequence[Appointment]:
    """All appointments whose opening starts in the span, cancelled ones included."""
    return session.scalars(
        select(Appointment)
        .join(Opening)
        .where(Opening.starts_at >= since, Opening.starts_at < until)
        .order_by(Opening.starts_at, Appointment.seat, Appointment.id)
    ).all()


def standing_on(session: Session, opening_ids: Sequence[int]) -> list[Appointment]:
    """The appointments that stand on openings, waiting ones included, in order of time."""
    return list(
        session.scalars(
            select(Appointment)
            .join(Opening)
            .where(Appointment.opening_id.in_(opening_ids), Appointment.status.in_(STANDING))
            .order_by(Opening.starts_at, Appointment.id)
        )
    )


def as_public(appointment: Appointment) -> dict[str, Any]:
    """The appointment in the public API's shape, without phone and contact: ``held_until`` where a
    seat is kept, ``position`` in the waiting list where it waits."""
    opening = appointment.opening
    session = object_session(appointment)
    place = waitlist.position(session, appointment) if session else None
    return {
        "code": appointment.code,
        "status": appointment.status,
        "starts_at": iso(opening.starts_at),
        "ends_at": iso(opening.ends_at),
        "place": opening.place,
        "place_is_example": opening.example,
        "company": appointment.company,
        "attendees": appointment.attendees,
        **({"held_until": iso(appointment.held_until)} if appointment.held_until else {}),
        **({"position": place} if place else {}),
    }


def _seat(session: Session, reception: Reception, opening: Opening, now: datetime) -> int:
    """A free seat of a locked opening, after those who wait for one."""
    waitlist.advance(session, reception, opening, now)
    seat = seats.free_seat(session, opening)
    if seat is None:
        raise OpeningFull(opening=opening.id)
    return seat


def _may_change(reception: Reception, appointment: Appointment, now: datetime, actor: str) -> None:
    if appointment.status == "lapsed":
        raise OfferGone()
    if appointment.status not in STANDING:
        raise AppointmentClosed(code=appointment.code)
    starts_at = appointment.opening.starts_at
    if starts_at <= now:
        raise OpeningPast(opening=appointment.opening_id)
    hours = reception.cancel_cutoff_hours
    closed = now > starts_at - timedelta(hours=hours)
    if closed and actor == "visitor" and appointment.status == "booked":
        raise ChangeClosed(hours=f"{hours:g}")
