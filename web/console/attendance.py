"""The host's records in the console: a visit, its check-in and outcome, and all follow-ups."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from desk.clock import local, utc_now
from desk.codes import APPOINTMENT, find_code
from desk.errors import AppointmentNotFound, DeskError
from desk.models import Appointment, Attendance
from desk.services import attendance, booking, day_sheet
from web.console.door import Door
from web.console.filters import read_day
from web.console.pages import leave_notice, page, take_notice
from web.console.session import Signed
from web.context import office_of
from web.problems import STATUS

router = APIRouter(route_class=Door)

Now = Annotated[datetime, Depends(utc_now)]
Verb = Callable[[Session, Appointment, str, datetime], Any]
# What a press of a button does, by the last part of its address.
VERBS: dict[str, Verb] = {
    "check-in": attendance.check_in,
    "no-show": attendance.no_show,
    "take-back": attendance.take_back,
    "follow-up-done": attendance.follow_up_done,
}
# Where a button may lead back to.
PLACES = {"day": "/console/appointments?day={day}#{code}", "follow-ups": "/console/follow-ups"}


@router.get("/follow-ups")
def follow_ups(request: Request, staff: Signed, now: Now) -> Response:
    """What was promised to companies and is not done."""
    rows = office_of(request).database.read(attendance.unfinished)
    context = {"rows": rows, "today": local(now).date(), "notice": take_notice(request)}
    return page(request, "follow_ups", context)


@router.get("/appointments/{code}")
def visit(request: Request, staff: Signed, now: Now, code: str) -> Response:
    """One visit with everything that is known about it."""
    return _visit(request, code, now, notice=take_notice(request))


@router.post("/appointments/{code}/record")
def record(
    request: Request,
    staff: Signed,
    now: Now,
    code: str,
    outcome: Annotated[str, Form()] = "",
    follow_up_on: Annotated[str, Form()] = "",
    version: Annotated[int, Form(ge=0, lt=2**31)] = 0,
) -> Response:
    """Keep the outcome and the day of the follow-up; what was typed is never lost."""
    wanted = read_day(follow_up_on)
    if follow_up_on.strip() and wanted is None:
        return _visit(request, code, now, typed=(outcome, None), unread=True)

    def work(session: Session) -> Attendance:
        found = find(session, code)
        return attendance.record(
            session,
            found,
            staff.name,
            now,
            outcome=outcome.replace("\0", ""),
            follow_up_on=wanted,
            version=version,
        )

    try:
        office_of(request).database.write(work)
    except DeskError as error:
        return _visit(request, code, now, typed=(outcome, wanted), problem=error)
    leave_notice(request, "recorded")
    return RedirectResponse(f"/console/appointments/{code}", status_code=303)


@router.post("/appointments/{code}/{verb}")
def press(
    request: Request,
    staff: Signed,
    now: Now,
    code: str,
    verb: str,
    back: Annotated[str, Form()] = "",
) -> Response:
    """Check in, note a no-show, take it back, or finish a follow-up."""

    def work(session: Session) -> dict[str, Any]:
        found = find(session, code)
        VERBS[verb](session, found, staff.name, now)
        return {"code": found.code, "day": local(found.opening.starts_at).date()}

    if verb not in VERBS:
        return page(request, "error", {"code": "not_found", "sentence": None}, status=404)
    try:
        facts = office_of(request).database.write(work)
    except AppointmentNotFound:
        raise
    except DeskError as error:
        return _visit(request, code, now, problem=error)
    leave_notice(request, verb)
    place = PLACES.get(back, "/console/appointments/{code}")
    return RedirectResponse(place.format(**facts), status_code=303)


def find(session: Session, code: str) -> Appointment:
    """The appointment of an address; raises ``AppointmentNotFound``."""
    found = find_code(code, APPOINTMENT)
    if found is None:
        raise AppointmentNotFound()
    return booking.by_code(session, found)


def _visit(
    request: Request,
    code: str,
    now: datetime,
    *,
    notice: str | None = None,
    problem: DeskError | None = None,
    typed: tuple[str, date | None] | None = None,
    unread: bool = False,
) -> Response:
    office = office_of(request)

    def read(session: Session) -> dict[str, Any]:
        found = find(session, code)
        led = day_sheet.backgrounds(session, office.shelf, [found], now)
        return {
            "appointment": found,
            "record": attendance.of(session, [found]).get(found.id),
            "background": led[found.id],
            "history": attendance.history(session, found),
        }

    context = office.database.read(read)
    context |= {
        "now": now,
        "today": local(now).date(),
        "notice": notice,
        "problem": office.words.error(problem) if problem else None,
        "typed": typed,
        "unread": unread,
    }
    status = 422 if unread else STATUS.get(type(problem), 400) if problem else 200
    return page(request, "visit", context, status=status)
