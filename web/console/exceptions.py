"""Staff's exceptions to the schedule in the console: whom they affect is shown before anything is
decided, and a decision counts only for the appointments that were shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from desk.clock import local, utc_now
from desk.errors import DeskError, NothingThatDay
from desk.schedule import Reception
from desk.services import affected, exceptions
from desk.services.publishing import midnight
from web.console.door import Door
from web.console.exception_form import KINDS, Typed, Unreadable, read_typed
from web.console.filters import read_day
from web.console.pages import leave_notice, page, take_notice
from web.console.session import Signed
from web.context import office_of
from web.problems import STATUS

router = APIRouter(route_class=Door)

Now = Annotated[datetime, Depends(utc_now)]
Form = Annotated[Typed, Depends(read_typed)]


@router.get("/exceptions")
def listing(request: Request, staff: Signed, now: Now) -> Response:
    """What was decided, by whom and when; and the way to decide something new."""
    rows = office_of(request).database.read(affected.decisions)
    context = {"rows": rows, "today": local(now).date(), "notice": take_notice(request)}
    return page(request, "exceptions", context)


@router.get("/exceptions/new")
def new(
    request: Request, staff: Signed, now: Now, kind: str = "", day: str = "", only: str = ""
) -> Response:
    """The form for one kind and day, with the openings and appointments that it concerns."""
    if kind not in KINDS or read_day(day) is None:
        leave_notice(request, "unread")
        return RedirectResponse("/console/exceptions", status_code=303)
    return _form(request, kind, Typed(day=day, only=only), now)


@router.post("/exceptions/{id}/undo")
def undo(request: Request, staff: Signed, now: Now, id: int) -> Response:
    """Let the rules speak again."""
    office = office_of(request)
    office.database.write(
        lambda session: exceptions.undo(session, office.reception, now, staff.name, id)
    )
    leave_notice(request, "undone")
    return RedirectResponse("/console/exceptions", status_code=303)


@router.post("/exceptions/{kind}")
def decide(request: Request, staff: Signed, now: Now, kind: str, typed: Form) -> Response:
    """Decide what was shown, and go to the day where it can be seen."""
    if kind not in VERBS:
        return page(request, "error", {"code": "not_found", "sentence": None}, status=404)
    if read_day(typed.day) is None:
        leave_notice(request, "unread")
        return RedirectResponse("/console/exceptions", status_code=303)
    office = office_of(request)
    try:
        day = office.database.write(
            lambda session: VERBS[kind](session, office.reception, now, staff.name, typed)
        )
    except (DeskError, Unreadable) as error:
        return _form(request, kind, typed, now, problem=error)
    leave_notice(request, f"exception.{kind}")
    return RedirectResponse(f"/console/appointments?day={day}", status_code=303)


def _close(session: Session, reception: Reception, now: datetime, who: str, typed: Typed) -> date:
    day, scope = typed.needed_day(), _guarded(session, typed)
    exceptions.close(
        session,
        reception,
        now,
        who,
        day,
        **scope,
        cancel_booked=typed.cancel_booked,
        note=typed.note,
    )
    return day


def _add(session: Session, reception: Reception, now: datetime, who: str, typed: Typed) -> date:
    day = typed.needed_day()
    exceptions.add(session, reception, now, who, day, typed.extra(), note=typed.note)
    return day


def _move(session: Session, reception: Reception, now: datetime, who: str, typed: Typed) -> date:
    day, to_day = typed.needed_day(), typed.needed_target()
    scope = _guarded(session, typed)
    exceptions.move(
        session,
        reception,
        now,
        who,
        day,
        to_day,
        begins=typed.time("begins") if typed.begins else None,
        place=typed.place[:200] or None,
        **scope,
        note=typed.note,
    )
    return to_day


def _host(session: Session, reception: Reception, now: datetime, who: str, typed: Typed) -> date:
    day, scope = typed.needed_day(), _guarded(session, typed)
    exceptions.change_host(session, reception, now, who, day, typed.host, **scope, note=typed.note)
    return day


VERBS: dict[str, Callable[[Session, Reception, datetime, str, Typed], date]] = {
    "close": _close,
    "add": _add,
    "move": _move,
    "host": _host,
}


def _scope(session: Session, day: date, only: str) -> dict[str, Any]:
    """Which openings of the day are meant: all, a rule's, or one. What is not there is never taken
    for all of the day."""
    what, _, which = only.partition("=")
    if not only:
        return {"rule": None, "starts_at": None}
    for opening in affected.affected(session, day).openings:
        if (what, which) == ("rule", opening.rule):
            return {"rule": opening.rule, "starts_at": None}
        if (what, which) == ("opening", str(opening.id)):
            return {"rule": opening.rule, "starts_at": opening.starts_at}
    raise NothingThatDay(day=day.isoformat())


def _guarded(session: Session, typed: Typed) -> dict[str, Any]:
    """The scope, if it affects those that staff were shown."""
    day = typed.needed_day()
    scope = _scope(session, day, typed.only)
    affected.guard(session, typed.mark, day, **scope)
    return scope


def _form(
    request: Request,
    kind: str,
    typed: Typed,
    now: datetime,
    problem: DeskError | Unreadable | None = None,
) -> Response:
    office = office_of(request)
    day = typed.needed_day()

    def read(session: Session) -> dict[str, Any]:
        try:
            meant = affected.affected(session, day, **_scope(session, day, typed.only))
        except NothingThatDay:
            meant = affected.Affected([], [])
        return {"meant": meant, "of_day": affected.affected(session, day).openings}

    rule = isinstance(problem, DeskError)
    context = office.database.read(read) | {
        "verb": kind,
        "typed": asdict(typed),
        "begins": midnight(day),
        "next_day": day + timedelta(days=1),
        "today": local(now).date(),
        "problem": office.words.error(problem) if isinstance(problem, DeskError) else None,
        "field": problem.field if isinstance(problem, Unreadable) else _field(problem),
    }
    status = STATUS.get(type(problem), 400) if rule else 422 if problem else 200  # type: ignore[arg-type]
    return page(request, "exception", context, status=status)


def _field(problem: DeskError | None) -> str | None:
    return problem.facts.get("field") if problem else None
