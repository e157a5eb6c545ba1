"""Whom an exception to the schedule would affect: shown first, checked when staff decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.errors import AffectedChanged
from desk.models import Appointment, Opening, ScheduleException
from desk.services import booking, openings
from desk.services.publishing import midnight


@dataclass(frozen=True)
class Affected:
    """The openings that an exception names, and the appointments that stand there, in order."""

    openings: Sequence[Opening]
    appointments: Sequence[Appointment]

    @property
    def mark(self) -> str:
        """Stands for exactly these appointments at these openings."""
        return " ".join(f"{a.code}:{a.status}" for a in self.appointments)


def affected(
    session: Session, day: date, *, rule: str | None = None, starts_at: datetime | None = None
) -> Affected:
    """What an exception for a day, narrowed or not, would concern."""
    found = [
        opening
        for opening in openings.between(session, midnight(day), midnight(day + timedelta(days=1)))
        if rule in (None, opening.rule) and starts_at in (None, opening.starts_at)
    ]
    return Affected(found, booking.standing_on(session, [opening.id for opening in found]))


def guard(
    session: Session,
    mark: str,
    day: date,
    *,
    rule: str | None = None,
    starts_at: datetime | None = None,
) -> None:
    """Raises ``AffectedChanged`` unless the appointments are those that ``mark`` stands for."""
    if affected(session, day, rule=rule, starts_at=starts_at).mark != mark:
        raise AffectedChanged()


def decisions(session: Session, most: int = 50) -> Sequence[ScheduleException]:
    """What staff decided against the schedule, undone decisions included, latest first."""
    return session.scalars(
        select(ScheduleException).order_by(ScheduleException.id.desc()).limit(most)
    ).all()
