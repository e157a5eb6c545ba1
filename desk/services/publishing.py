"""Keeps the table of openings in step with the schedule and with what staff decided against it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from desk.clock import SHANGHAI, local
from desk.models import Appointment, Opening, ScheduleException
from desk.schedule import EXTRA, PlannedOpening, Reception, cut, openings_of, window
from desk.services import events

# A rule's names of an opening's columns that differ from a plan's.
_COLUMNS = {"capacity": "seats"}
_FOLLOWED = ("starts_at", "ends_at", "place", "host", "capacity", "example")


def publish(session: Session, reception: Reception, now: datetime, *, actor: str = "desk") -> int:
    """Bring the table in line with rules and exceptions for the coming weeks; idempotent.

    New openings are added; what is no longer planned is withdrawn, which ends booking but leaves
    its appointments alone. A booked opening is never changed by a rule; only what staff decided
    for it is applied, and its visitors are told. What begins today follows staff, not the rules.
    Returns how many were added.
    """
    exceptions = standing(session)
    closed: set[tuple[str, datetime]] = set()
    first = min([local(now).date(), *(e.day for e in exceptions if _reaches(e, now))])
    last = window(reception, local(now).date())[1]
    plans = {
        (plan.rule, plan.planned_at): plan
        for plan in plan_days(reception, exceptions, first, last, closed)
    }
    tomorrow = midnight(local(now).date() + timedelta(days=1))
    booked = set(session.scalars(select(Appointment.opening_id).where(_stands())))
    for opening in session.scalars(
        select(Opening).where(or_(Opening.starts_at >= now, Opening.planned_at >= tomorrow))
    ):
        key = (opening.rule, opening.planned_at)
        plan = plans.pop(key, None)
        if opening.starts_at < now:
            continue
        if plan is None:
            # The rules speak from tomorrow on: what begins today is settled, unless staff close it.
            opening.withdrawn |= opening.starts_at >= tomorrow or key in closed
            continue
        opening.withdrawn = False
        if opening.id in booked:
            _obey(session, opening, plan, now, actor)
        elif opening.starts_at >= tomorrow or plan.decided or opening.decided:
            _follow(opening, plan, _FOLLOWED)
    known = set(
        session.execute(
            select(Opening.rule, Opening.planned_at).where(
                Opening.starts_at < now, Opening.planned_at >= midnight(first)
            )
        )
        .tuples()
        .all()
    )
    added = 0
    for key, plan in plans.items():
        if key in known or plan.starts_at < (now if plan.decided else tomorrow):
            continue
        opening = Opening(rule=plan.rule, planned_at=plan.planned_at)
        _follow(opening, plan, _FOLLOWED)
        session.add(opening)
        added += 1
    session.flush()
    return added


def plan_days(
    reception: Reception,
    exceptions: Iterable[ScheduleException],
    first: date,
    last: date,
    closed: set[tuple[str, datetime]] | None = None,
) -> list[PlannedOpening]:
    """What rules and exceptions together plan for the days, in no particular order. Keys of
    openings that staff closed are put into ``closed``."""
    plans = list(openings_of(reception, first, last))
    for exception in exceptions:
        plans = list(_applied(exception, plans, first, last, set() if closed is None else closed))
    return plans


def standing(session: Session) -> Sequence[ScheduleException]:
    """All exceptions that were not undone, in the order in which they were decided."""
    return session.scalars(
        select(ScheduleException)
        .where(ScheduleException.undone_at.is_(None))
        .order_by(ScheduleException.id)
    ).all()


def midnight(day: date) -> datetime:
    """When a day begins in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def concerns(exception: ScheduleException, plan: PlannedOpening) -> bool:
    """Whether a planned opening is one of those that an exception names."""
    return (
        local(plan.starts_at).date() == exception.day
        and exception.rule in (None, plan.rule)
        and exception.starts_at in (None, plan.starts_at)
    )


def _applied(
    exception: ScheduleException,
    plans: list[PlannedOpening],
    first: date,
    last: date,
    closed: set[tuple[str, datetime]],
) -> Iterator[PlannedOpening]:
    """The plans as one exception leaves them."""
    details = exception.details
    if exception.kind == "add":
        yield from plans
        if first <= exception.day <= last:
            yield from _extra(exception)
        return
    meant = [plan for plan in plans if concerns(exception, plan)]
    yield from (plan for plan in plans if plan not in meant)
    if exception.kind == "close":
        closed |= {(plan.rule, plan.planned_at) for plan in meant}
    elif exception.kind == "host":
        for plan in meant:
            yield replace(plan, host=details["host"], decided=plan.decided | {"host"})
    elif exception.kind == "move" and meant:
        begins = min(local(plan.starts_at) for plan in meant)
        clock = time.fromisoformat(details["begins"]) if details.get("begins") else begins.time()
        shift = datetime.combine(date.fromisoformat(details["to_day"]), clock, SHANGHAI) - begins
        place = {"place": details["place"]} if details.get("place") else {}
        for plan in meant:
            yield replace(
                plan,
                starts_at=plan.starts_at + shift,
                ends_at=plan.ends_at + shift,
                decided=plan.decided | {"starts_at", "ends_at", *place},
                **place,
            )


def _extra(exception: ScheduleException) -> Iterator[PlannedOpening]:
    """The openings of an added day. Staff entered them for this very day: they are no example."""
    details = exception.details
    found = cut(
        f"{EXTRA}{exception.id}",
        datetime.combine(exception.day, time.fromisoformat(details["begins"]), SHANGHAI),
        datetime.combine(exception.day, time.fromisoformat(details["ends"]), SHANGHAI),
        length=timedelta(minutes=details["opening_minutes"]),
        seats=details["seats"],
        place=details["place"],
        host=details["host"],
        example=False,
    )
    return (replace(plan, decided=frozenset({"capacity"})) for plan in found)


def _reaches(exception: ScheduleException, now: datetime) -> bool:
    """Whether an exception of a past day still has something to come."""
    to_day = exception.details.get("to_day")
    return to_day is not None and date.fromisoformat(to_day) >= local(now).date()


def _follow(opening: Opening, plan: PlannedOpening, columns: Iterable[str]) -> None:
    for column in columns:
        setattr(opening, column, getattr(plan, _COLUMNS.get(column, column)))
    opening.decided = sorted(plan.decided)


def _obey(
    session: Session, opening: Opening, plan: PlannedOpening, now: datetime, actor: str
) -> None:
    """Apply to a booked opening what staff decide now or no longer do; seats are never taken."""
    columns = (plan.decided | set(opening.decided)) - {"capacity"}
    before = {"starts_at": opening.starts_at, "place": opening.place}
    _follow(opening, plan, columns)
    if before == {"starts_at": opening.starts_at, "place": opening.place}:
        return
    session.flush()
    for appointment in opening.appointments:
        if appointment.status in events.STANDING:
            appointment.changes += 1
            facts: dict[str, Any] = {"opening": opening.id}
            events.happened(
                session, events.Event("appointment.move", appointment, actor, now, facts)
            )


def _stands() -> Any:
    return Appointment.status.in_(events.STANDING)
