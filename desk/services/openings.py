"""Openings of the reception days, listed with the seats left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.sql import ColumnElement

from desk.models import Appointment, Opening
from desk.schedule import Reception


@dataclass(frozen=True)
class Offer:
    """An opening and how many of its seats are left."""

    opening: Opening
    seats_left: int


def offers(
    session: Session,
    reception: Reception,
    now: datetime,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[Offer]:
    """Openings that can still be booked at ``now``, full ones included, in order of time."""
    earliest = now + timedelta(hours=reception.cutoff_hours)
    taken = (
        select(Appointment.opening_id, func.count().label("seats"))
        .where(Appointment.seat.is_not(None))
        .group_by(Appointment.opening_id)
        .subquery()
    )
    query = (
        select(Opening, func.coalesce(taken.c.seats, 0))
        .outerjoin(taken, taken.c.opening_id == Opening.id)
        .where(Opening.withdrawn.is_(False), Opening.starts_at > earliest)
        .order_by(Opening.starts_at, Opening.id)
    )
    if since is not None:
        query = query.where(Opening.starts_at >= since)
    if until is not None:
        query = query.where(Opening.starts_at < until)
    return [Offer(o, max(0, o.capacity - seats)) for o, seats in session.execute(query)]


def free(session: Session, reception: Reception, now: datetime) -> list[Offer]:
    """The offers that have a seat left."""
    return [offer for offer in offers(session, reception, now) if offer.seats_left]


def nearest(
    session: Session, reception: Reception, now: datetime, opening_id: int, most: int = 3
) -> list[Offer]:
    """The free offers nearest in time to an opening that cannot be had, nearest first; the earliest
    ones if there is no such opening."""
    wanted = session.get(Opening, opening_id)
    moment = max(now, wanted.starts_at) if wanted else now
    found = [o for o in free(session, reception, now) if o.opening.id != opening_id]
    return sorted(found, key=lambda o: (abs(o.opening.starts_at - moment), o.opening.id))[:most]


def _shown() -> ColumnElement[bool]:
    """An opening that staff should see: a withdrawn one only while it has appointments."""
    return Opening.withdrawn.is_(False) | Opening.appointments.any()


def between(session: Session, since: datetime, until: datetime) -> Sequence[Opening]:
    """The openings that start in the span with their appointments, in order of time."""
    return session.scalars(
        select(Opening)
        .where(Opening.starts_at >= since, Opening.starts_at < until, _shown())
        .options(selectinload(Opening.appointments))
        .order_by(Opening.starts_at, Opening.id)
    ).all()


def first_start(session: Session, since: datetime) -> datetime | None:
    """When the first opening from ``since`` on starts."""
    return session.scalar(
        select(Opening.starts_at)
        .where(Opening.starts_at >= since, _shown())
        .order_by(Opening.starts_at)
        .limit(1)
    )


def last_start(session: Session, until: datetime) -> datetime | None:
    """When the last opening before ``until`` starts."""
    return session.scalar(
        select(Opening.starts_at)
        .where(Opening.starts_at < until, _shown())
        .order_by(Opening.starts_at.desc())
        .limit(1)
    )
