"""What became of a visit: arrived or missed, the outcome, the follow-up. Staff only.

Every verb takes the session first, then the appointment, who notes it and the moment, and leaves a
line in the log: who, when, what, never the words. Noting the same thing twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session
from sqlalchemy.sql import ColumnElement

from desk.clock import local
from desk.errors import (
    AlreadyRecorded,
    FollowUpPast,
    NoFollowUp,
    NotBooked,
    NotNoted,
    RecordChanged,
    TextTooLong,
    TooEarlyToNote,
)
from desk.models import Appointment, Attendance, LogEntry

MOST_OUTCOME = 2000


def check_in(session: Session, appointment: Appointment, actor: str, now: datetime) -> Attendance:
    """The company has come. Raises ``NotBooked``, or ``TooEarlyToNote`` before the day."""
    if local(now).date() < local(appointment.opening.starts_at).date():
        raise TooEarlyToNote()
    return _note(session, appointment, "arrived", actor, now)


def no_show(session: Session, appointment: Appointment, actor: str, now: datetime) -> Attendance:
    """The company has not come. Raises ``NotBooked``, or ``TooEarlyToNote`` before the start."""
    if now < appointment.opening.starts_at:
        raise TooEarlyToNote()
    return _note(session, appointment, "absent", actor, now)


def take_back(session: Session, appointment: Appointment, actor: str, now: datetime) -> None:
    """Forget a note made by mistake; raises ``AlreadyRecorded`` once an outcome rests on it."""
    found = _locked(session, appointment)
    if found is None:
        return
    if found.outcome or found.follow_up_on:
        raise AlreadyRecorded(code=appointment.code)
    session.delete(found)
    _log(session, appointment, actor, "attendance.take_back", now)


def record(
    session: Session,
    appointment: Appointment,
    actor: str,
    now: datetime,
    *,
    outcome: str,
    follow_up_on: date | None,
    version: int,
) -> Attendance:
    """Keep what came of the visit and the day by which something is promised (None: nothing is).

    ``version`` is the record's as it was shown. A new day makes a finished follow-up unfinished
    again. Raises ``NotNoted``, ``RecordChanged``, ``TextTooLong``, ``FollowUpPast``.
    """
    outcome = outcome.replace("\r\n", "\n").strip()
    if len(outcome) > MOST_OUTCOME:
        raise TextTooLong(most=MOST_OUTCOME)
    found = _locked(session, appointment)
    if found is None:
        raise NotNoted(code=appointment.code)
    if (outcome or None, follow_up_on) == (found.outcome, found.follow_up_on):
        return found  # the same form sent twice
    if found.version != version:
        raise RecordChanged()
    if follow_up_on != found.follow_up_on:
        if follow_up_on is not None and follow_up_on < local(now).date():
            raise FollowUpPast()
        found.followed_up_at = found.followed_up_by = None
    found.outcome, found.follow_up_on = outcome or None, follow_up_on
    found.version += 1
    facts = {"follow_up_on": follow_up_on.isoformat() if follow_up_on else None}
    _log(session, appointment, actor, "attendance.record", now, facts)
    return found


def follow_up_done(
    session: Session, appointment: Appointment, actor: str, now: datetime
) -> Attendance:
    """What was promised is done. Raises ``NoFollowUp``."""
    found = _locked(session, appointment)
    if found is None or found.follow_up_on is None or found.followed_up_at is not None:
        raise NoFollowUp(code=appointment.code)
    found.followed_up_at, found.followed_up_by = now, actor
    found.version += 1
    _log(session, appointment, actor, "attendance.follow_up_done", now)
    return found


def unfinished(session: Session) -> Sequence[Attendance]:
    """The follow-ups that are not done, the most urgent first."""
    return session.scalars(
        select(Attendance).where(_open()).order_by(Attendance.follow_up_on, Attendance.noted_at)
    ).all()


def count_unfinished(session: Session) -> int:
    """How many follow-ups are not done."""
    return session.scalar(select(func.count()).select_from(Attendance).where(_open())) or 0


def of(session: Session, appointments: Iterable[Appointment]) -> dict[int, Attendance]:
    """What is noted of these appointments, by the appointment's id."""
    ids = [appointment.id for appointment in appointments]
    found = session.scalars(select(Attendance).where(Attendance.appointment_id.in_(ids)))
    return {one.appointment_id: one for one in found}


def history(session: Session, appointment: Appointment) -> Sequence[LogEntry]:
    """Everything that happened to an appointment, latest first."""
    return session.scalars(
        select(LogEntry)
        .where(LogEntry.subject == appointment.code)
        .order_by(LogEntry.at.desc(), LogEntry.id.desc())
        .limit(100)
    ).all()


def _note(
    session: Session, appointment: Appointment, state: str, actor: str, now: datetime
) -> Attendance:
    found = _locked(session, appointment)
    if appointment.status != "booked":
        raise NotBooked(code=appointment.code)
    if found is None:
        found = Attendance(appointment_id=appointment.id, state=state, noted_at=now, version=1)
        session.add(found)
    elif found.state == state:
        return found
    else:
        found.state, found.noted_at = state, now
        found.version += 1
    _log(session, appointment, actor, f"attendance.{state}", now)
    return found


def _locked(session: Session, appointment: Appointment) -> Attendance | None:
    """The record; the appointment is locked first, so that nobody makes a second one meanwhile."""
    session.refresh(appointment, with_for_update={"of": Appointment})
    return session.get(
        Attendance, appointment.id, populate_existing=True, with_for_update={"of": Attendance}
    )


def _open() -> ColumnElement[bool]:
    return Attendance.follow_up_on.is_not(None) & Attendance.followed_up_at.is_(None)


def _log(
    session: Session,
    appointment: Appointment,
    actor: str,
    action: str,
    now: datetime,
    facts: dict[str, Any] | None = None,
) -> None:
    session.flush()
    session.add(
        LogEntry(at=now, actor=actor, action=action, subject=appointment.code, facts=facts or {})
    )
