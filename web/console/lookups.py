"""Questions to the database that only the console asks. Read-only; rules stay in the services."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload
from sqlalchemy.sql import ColumnElement

from desk.errors import AppointmentNotFound
from desk.models import Appointment, Inquiry, Opening


def _shown() -> ColumnElement[bool]:
    """An opening that staff should see: a withdrawn one only while it has appointments."""
    return Opening.withdrawn.is_(False) | Opening.appointments.any()


def openings_between(session: Session, since: datetime, until: datetime) -> Sequence[Opening]:
    """The openings that start in the span with their appointments, in order of time."""
    return session.scalars(
        select(Opening)
        .where(Opening.starts_at >= since, Opening.starts_at < until, _shown())
        .options(selectinload(Opening.appointments))
        .order_by(Opening.starts_at, Opening.id)
    ).all()


def next_opening(session: Session, since: datetime) -> datetime | None:
    """When the first opening from ``since`` on starts."""
    return session.scalar(
        select(Opening.starts_at)
        .where(Opening.starts_at >= since, _shown())
        .order_by(Opening.starts_at)
        .limit(1)
    )


def last_opening(session: Session, until: datetime) -> datetime | None:
    """When the last opening before ``until`` starts."""
    return session.scalar(
        select(Opening.starts_at)
        .where(Opening.starts_at < until, _shown())
        .order_by(Opening.starts_at.desc())
        .limit(1)
    )


def appointment(session: Session, code: str) -> Appointment:
    """The appointment of a code, for staff; raises ``AppointmentNotFound``."""
    found = session.scalar(select(Appointment).where(Appointment.code == code))
    if found is None:
        raise AppointmentNotFound()
    return found


def appointments_of(session: Session, conversation: str) -> Sequence[Appointment]:
    """All appointments made in a conversation, in order of time."""
    return session.scalars(
        select(Appointment)
        .join(Opening)
        .where(Appointment.conversation_id == conversation)
        .order_by(Opening.starts_at, Appointment.id)
    ).all()


def inquiries_of(session: Session, conversation: str) -> Sequence[Inquiry]:
    """All inquiries of a conversation, as they came."""
    return session.scalars(
        select(Inquiry).where(Inquiry.conversation_id == conversation).order_by(Inquiry.id)
    ).all()
