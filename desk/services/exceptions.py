"""What staff decide against the schedule for one day: close, add, move, change the host; undo.

Each verb stores one ``ScheduleException`` and publishes at once, so the openings follow in the same
transaction. All take the session first, then the reception schedule, the moment and who decides.
They raise ``DayPast`` for a day that is over, and ``NothingThatDay`` when no opening is concerned.
``rule`` and ``starts_at`` narrow an exception to a rule's openings or to one opening.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.clock import local
from desk.errors import DayPast, InvalidExtraDay, NothingThatDay, OpeningCollides, UnknownException
from desk.models import Appointment, LogEntry, Opening, ScheduleException
from desk.schedule import Reception
from desk.services import booking, openings, publishing
from desk.services.publishing import midnight


@dataclass(frozen=True)
class Extra:
    """An added reception: local times, the length of a visit in minutes, seats of each opening."""

    begins: time
    ends: time
    opening_minutes: int
    seats: int
    place: str
    host: str = ""


def close(
    session: Session,
    reception: Reception,
    now: datetime,
    actor: str,
    day: date,
    *,
    rule: str | None = None,
    starts_at: datetime | None = None,
    cancel_booked: bool = False,
    note: str = "",
) -> list[Appointment]:
    """Take a day, a rule's part of it or one opening out of booking.

    Returns the appointments that stand there. They are kept, for staff to call the companies,
    unless ``cancel_booked``: then they are cancelled and the visitors told in their chats.
    """
    meant = _meant(session, reception, now, day, rule, starts_at)
    _store(session, reception, now, actor, "close", day, rule, starts_at, note=note)
    found = booking.standing_on(session, [opening.id for opening in meant])
    if cancel_booked:
        for appointment in found:
            booking.cancel(session, reception, appointment, now, actor=actor)
    return found


def add(
    session: Session,
    reception: Reception,
    now: datetime,
    actor: str,
    day: date,
    extra: Extra,
    *,
    note: str = "",
) -> ScheduleException:
    """Receive on a day (or at a place) that no rule names. Raises ``InvalidExtraDay`` with the
    ``field`` that makes no sense."""
    place = extra.place.strip()
    for field, right in (
        ("ends", extra.begins < extra.ends),
        ("opening_minutes", 5 <= extra.opening_minutes <= _minutes(extra)),
        ("seats", 1 <= extra.seats <= 100),
        ("place", 1 <= len(place) <= 200),
        ("host", len(extra.host) <= 200),
    ):
        if not right:
            raise InvalidExtraDay(field=field)
    details = asdict(extra) | {
        "begins": extra.begins.isoformat("minutes"),
        "ends": extra.ends.isoformat("minutes"),
        "place": place,
    }
    return _store(session, reception, now, actor, "add", day, details=details, note=note)


def move(
    session: Session,
    reception: Reception,
    now: datetime,
    actor: str,
    day: date,
    to_day: date,
    *,
    begins: time | None = None,
    place: str | None = None,
    rule: str | None = None,
    starts_at: datetime | None = None,
    note: str = "",
) -> list[Appointment]:
    """Hold a day's openings on ``to_day`` instead, ``begins`` being the new time of the first one,
    with their appointments; the visitors are told in their chats. Returns those appointments.

    Raises ``OpeningCollides`` if the same rule already receives at that time.
    """
    if to_day < local(now).date():
        raise DayPast(day=to_day.isoformat())
    meant = _meant(session, reception, now, day, rule, starts_at)
    details = {
        "to_day": to_day.isoformat(),
        "begins": begins.isoformat("minutes") if begins else None,
        "place": place,
    }
    _store(session, reception, now, actor, "move", day, rule, starts_at, details, note)
    _no_collision(session, {opening.rule for opening in meant}, now)
    return booking.standing_on(session, [opening.id for opening in meant])


def change_host(
    session: Session,
    reception: Reception,
    now: datetime,
    actor: str,
    day: date,
    host: str,
    *,
    rule: str | None = None,
    starts_at: datetime | None = None,
    note: str = "",
) -> ScheduleException:
    """Let somebody else receive; booked openings too."""
    _meant(session, reception, now, day, rule, starts_at)
    details = {"host": host.strip()[:200]}
    return _store(session, reception, now, actor, "host", day, rule, starts_at, details, note)


def undo(
    session: Session, reception: Reception, now: datetime, actor: str, exception: int
) -> ScheduleException:
    """Let the rules (and the other exceptions) speak again. Appointments that ``close`` cancelled
    stay cancelled. Raises ``UnknownException`` for one that is not standing."""
    found = session.get(ScheduleException, exception, with_for_update=True)
    if found is None or found.undone_at is not None:
        raise UnknownException(exception=exception)
    found.undone_at, found.undone_by = now, actor
    _log(session, found, actor, "exception.undo", now)
    session.flush()
    publishing.publish(session, reception, now, actor=actor)
    return found


def standing_from(session: Session, day: date) -> Sequence[ScheduleException]:
    """The exceptions that stand for ``day`` and later, in order of days."""
    return session.scalars(
        select(ScheduleException)
        .where(ScheduleException.undone_at.is_(None), ScheduleException.day >= day)
        .order_by(ScheduleException.day, ScheduleException.id)
    ).all()


def _meant(
    session: Session,
    reception: Reception,
    now: datetime,
    day: date,
    rule: str | None,
    starts_at: datetime | None,
) -> list[Opening]:
    """The openings that an exception concerns, of those that are published; an exception about
    nothing, published or planned, is a mistake of the day."""
    today = local(now).date()
    if day < today:
        raise DayPast(day=day.isoformat())
    span = midnight(day), midnight(day + timedelta(days=1))
    found = [
        opening
        for opening in openings.between(session, *span)
        if rule in (None, opening.rule) and starts_at in (None, opening.starts_at)
    ]
    wanted = ScheduleException(day=day, rule=rule, starts_at=starts_at)
    plans = publishing.plan_days(reception, publishing.standing(session), today, day)
    if not any(publishing.concerns(wanted, plan) for plan in plans):
        raise NothingThatDay(day=day.isoformat())
    return found


def _store(
    session: Session,
    reception: Reception,
    now: datetime,
    actor: str,
    kind: str,
    day: date,
    rule: str | None = None,
    starts_at: datetime | None = None,
    details: dict[str, Any] | None = None,
    note: str = "",
) -> ScheduleException:
    if day < local(now).date():
        raise DayPast(day=day.isoformat())
    exception = ScheduleException(
        kind=kind,
        day=day,
        rule=rule,
        starts_at=starts_at,
        details=details or {},
        note=note[:200],
        created_at=now,
        created_by=actor,
    )
    session.add(exception)
    session.flush()
    _log(session, exception, actor, f"exception.{kind}", now)
    publishing.publish(session, reception, now, actor=actor)
    return exception


def _no_collision(session: Session, rules: set[str], now: datetime) -> None:
    starts = session.execute(
        select(Opening.rule, Opening.starts_at).where(
            Opening.rule.in_(rules), Opening.starts_at >= now, Opening.withdrawn.is_(False)
        )
    ).all()
    if len(starts) != len(set(starts)):
        raise OpeningCollides()


def _minutes(extra: Extra) -> int:
    span = datetime.combine(date.min, extra.ends) - datetime.combine(date.min, extra.begins)
    return min(480, int(span.total_seconds() // 60))


def _log(
    session: Session, exception: ScheduleException, actor: str, action: str, now: datetime
) -> None:
    facts = {"day": exception.day.isoformat(), "rule": exception.rule}
    session.add(
        LogEntry(at=now, actor=actor, action=action, subject=str(exception.id), facts=facts)
    )
