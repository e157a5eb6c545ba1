"""The waiting list of a full opening: a freed seat is kept for the first in line for a while.

A waiting company is an ``Appointment`` without a seat; it becomes ``held`` when its turn comes and
``booked`` when it accepts. Nobody books past the line: ``advance`` runs before every look for a
free seat and after every seat that was freed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased, lazyload

from desk.clock import SHANGHAI, local
from desk.errors import OfferGone
from desk.models import Appointment, Opening
from desk.schedule import Reception
from desk.services import events, seats, visits
from desk.services.events import DESK, Event
from desk.services.visits import Booking

# Nobody loses an offer asleep: the time to answer is counted from the morning.
_EVENING, _MORNING = time(21), time(8)


def wait(session: Session, reception: Reception, wish: Booking, now: datetime) -> Appointment:
    """Go on the waiting list; if a seat is free after all, it is booked. Raises as ``book`` does,
    ``OpeningFull`` excepted."""
    fields = visits.checked(reception, wish)
    earlier = visits.repeated(session, wish, fields)
    if earlier is not None:
        return earlier
    visits.guard_active(session, reception, fields, now)
    opening = seats.bookable(session, reception, wish.opening, now)
    advance(session, reception, opening, now)
    seat = seats.free_seat(session, opening)
    state = (
        {"status": "waiting", "waiting_since": now}
        if seat is None
        else {"status": "booked", "seat": seat}
    )
    appointment = visits.new(wish, fields, opening, now, **state)
    session.add(appointment)
    name = "appointment.wait" if seat is None else "appointment.book"
    events.happened(session, Event(name, appointment, "visitor", now))
    return appointment


def accept(
    session: Session, reception: Reception, appointment: Appointment, now: datetime
) -> Appointment:
    """Take the seat that is kept; a second time changes nothing. Raises ``OfferGone``."""
    seats.lock(session, appointment)
    if appointment.status == "booked" and appointment.waiting_since is not None:
        return appointment
    if appointment.status != "held" or _over(appointment, now):
        raise OfferGone()
    appointment.status, appointment.held_until = "booked", None
    events.happened(session, Event("appointment.accept", appointment, "visitor", now))
    return appointment


def advance(session: Session, reception: Reception, opening: Opening, now: datetime) -> None:
    """Let overdue offers of a locked opening lapse and offer its free seats in order."""
    # Whoever is held by somebody else right now is leaving or accepting, and runs this itself.
    line = session.scalars(
        _line(opening)
        .options(lazyload(Appointment.opening))
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    ).all()
    for appointment in line:
        if appointment.status == "held" and _over(appointment, now):
            _lapse(session, appointment, now)
    waiting = [appointment for appointment in line if appointment.status == "waiting"]
    deadline = seats.deadline(reception, opening)
    if opening.withdrawn or now >= deadline:
        for appointment in waiting:
            _lapse(session, appointment, now)
        return
    for appointment in waiting:
        seat = seats.free_seat(session, opening)
        if seat is None:
            return
        appointment.status, appointment.seat = "held", seat
        appointment.held_until = min(_answer_by(reception, now), deadline)
        events.happened(session, Event("appointment.offer", appointment, DESK, now))


def due(session: Session, reception: Reception, now: datetime) -> Sequence[int]:
    """The openings that ``advance`` has something to do for. A read, so that nothing is locked
    while nothing is due."""
    seated = aliased(Appointment)
    taken = select(func.count(seated.seat)).where(seated.opening_id == Opening.id).scalar_subquery()
    over = now + timedelta(hours=reception.cutoff_hours)
    waiting = (Appointment.status == "waiting") & or_(
        Opening.withdrawn, Opening.starts_at <= over, taken < Opening.capacity
    )
    overdue = (Appointment.status == "held") & (Appointment.held_until <= now)
    return session.scalars(
        select(Opening.id)
        .join(Appointment)
        .where(or_(waiting, overdue))
        .distinct()
        .order_by(Opening.id)
    ).all()


def sweep(session: Session, reception: Reception, opening_id: int, now: datetime) -> None:
    """Lock one opening and ``advance``: for the door's clock."""
    opening = session.get(Opening, opening_id, with_for_update=True, populate_existing=True)
    if opening is not None:
        advance(session, reception, opening, now)


def position(session: Session, appointment: Appointment) -> int | None:
    """Which one in line a waiting appointment is, from 1; None if it is not waiting."""
    if appointment.status != "waiting":
        return None
    line = session.scalars(_line(appointment.opening)).all()
    return 1 + [a.id for a in line if a.status == "waiting"].index(appointment.id)


def offered(session: Session, conversation: str, now: datetime) -> Sequence[Appointment]:
    """The appointments of a conversation for which a seat is kept."""
    return session.scalars(
        select(Appointment).where(
            Appointment.conversation_id == conversation,
            Appointment.status == "held",
            Appointment.held_until > now,
        )
    ).all()


def _line(opening: Opening) -> Select[Appointment]:
    return (
        select(Appointment)
        .where(Appointment.opening_id == opening.id, Appointment.status.in_(("waiting", "held")))
        .order_by(Appointment.waiting_since, Appointment.id)
    )


def _over(appointment: Appointment, now: datetime) -> bool:
    return appointment.held_until is not None and appointment.held_until <= now


def _lapse(session: Session, appointment: Appointment, now: datetime) -> None:
    facts = {"offered": appointment.status == "held"}
    appointment.status, appointment.seat, appointment.held_until = "lapsed", None, None
    events.happened(session, Event("appointment.lapse", appointment, DESK, now, facts))


def _answer_by(reception: Reception, now: datetime) -> datetime:
    there = local(now)
    if there.time() >= _EVENING:
        there = datetime.combine(there.date() + timedelta(days=1), _MORNING, SHANGHAI)
    elif there.time() < _MORNING:
        there = datetime.combine(there.date(), _MORNING, SHANGHAI)
    return there + timedelta(minutes=reception.waitlist_minutes)
