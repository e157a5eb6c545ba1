"""The rule for seats: who may look, in which order to lock, which seat is free. Only here.

A seat is a number 1..capacity with ``UNIQUE(opening_id, seat)`` and ``seat <= capacity`` by schema.
Whoever takes or frees one locks, in this order: the company's name (booking only), the appointment
that is to change, the openings in order of their ids; and of those who wait in line only whoever
nobody else holds. So no two wait for each other. Should somebody have taken the same seat all the
same (a script), the write breaks the unique rule, the door re-runs the transaction, and the second
run finds another seat or none. On SQLite writers begin immediate and locks are no-ops.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.errors import OpeningPast, UnknownOpening
from desk.models import Appointment, Opening
from desk.schedule import Reception


def bookable(session: Session, reception: Reception, opening_id: int, now: datetime) -> Opening:
    """The locked opening; raises ``UnknownOpening`` or, from the cut-off on, ``OpeningPast``."""
    opening = _locked(session, opening_id)
    if opening is None or opening.withdrawn:
        raise UnknownOpening(opening=opening_id)
    if now >= deadline(reception, opening):
        raise OpeningPast(opening=opening_id)
    return opening


def deadline(reception: Reception, opening: Opening) -> datetime:
    """The cut-off: from this moment on an opening is not booked any more."""
    return opening.starts_at - timedelta(hours=reception.cutoff_hours)


def lock(session: Session, appointment: Appointment, *others: int) -> None:
    """Lock an appointment, then its opening and other openings, and read them afresh."""
    # Not in one query with the opening: a row that moved while we waited would match no more.
    mine = select(Appointment.id).where(Appointment.id == appointment.id)
    session.execute(mine.with_for_update())
    session.refresh(appointment)
    for opening_id in sorted({appointment.opening_id, *others}):
        _locked(session, opening_id)


def free_seat(session: Session, opening: Opening) -> int | None:
    """The first free seat of a locked opening."""
    taken = set(
        session.scalars(
            select(Appointment.seat).where(
                Appointment.opening_id == opening.id, Appointment.seat.is_not(None)
            )
        )
    )
    return next((seat for seat in range(1, opening.capacity + 1) if seat not in taken), None)


def _locked(session: Session, opening_id: int) -> Opening | None:
    return session.get(Opening, opening_id, with_for_update=True, populate_existing=True)
