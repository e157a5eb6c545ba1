"""The day before: staff get one message for the whole day, visitors one for each visit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.clock import iso, local
from desk.contacts import is_mobile
from desk.models import Appointment, Opening
from desk.services import outbox
from desk.services.publishing import midnight

DAY_BEFORE = "day.before"
REMIND = "appointment.remind"
# Local hours in which people are reminded.
_FROM, _UNTIL = 9, 20


def remind(session: Session, now: datetime) -> None:
    """Store tomorrow's reminders; as often as one likes, each is stored once.

    Who booked today has just been told the time and is not reminded of it.
    """
    if not outbox.channels(session) or not _FROM <= local(now).hour < _UNTIL:
        return
    visits = visits_on(session, local(now).date() + timedelta(days=1))
    for channel in outbox.channels(session):
        if channel == "sms":
            for visit in visits:
                if is_mobile(visit.phone) and visit.created_at < midnight(local(now).date()):
                    _visit(session, visit, now)
        elif visits:
            _day(session, channel, visits, now)


def visits_on(session: Session, day: date) -> Sequence[Appointment]:
    """The visits booked for a day, in order."""
    begins = midnight(day)
    return session.scalars(
        select(Appointment)
        .join(Opening)
        .where(
            Appointment.status == "booked",
            Opening.starts_at >= begins,
            Opening.starts_at < begins + timedelta(days=1),
        )
        .order_by(Opening.starts_at, Appointment.seat)
    ).all()


def _visit(session: Session, visit: Appointment, now: datetime) -> None:
    opening = visit.opening
    facts: dict[str, Any] = {
        "starts_at": iso(opening.starts_at),
        "ends_at": iso(opening.ends_at),
        "place": opening.place,
        "changes": visit.changes,
    }
    key = f"{REMIND}/{visit.code}/{local(opening.starts_at).date()}"
    outbox.put(session, key, REMIND, "sms", now, opening.starts_at, facts, visit)


def _day(session: Session, channel: str, visits: Sequence[Appointment], now: datetime) -> None:
    day = local(visits[0].opening.starts_at).date()
    facts = {"day": day.isoformat()}
    ends = midnight(day + timedelta(days=1))
    outbox.put(session, f"{DAY_BEFORE}/{day}", DAY_BEFORE, channel, now, ends, facts)
