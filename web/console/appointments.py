"""Appointments in the console: a day with its openings, and cancelling for a visitor."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from desk.clock import local, utc_now
from desk.errors import DeskError
from desk.services import attendance, booking, conversations, openings
from web.console.attendance import find
from web.console.door import Door
from web.console.filters import midnight, read_day
from web.console.pages import leave_notice, page, take_notice
from web.console.session import Signed
from web.context import office_of
from web.problems import STATUS

router = APIRouter(route_class=Door)

Now = Annotated[datetime, Depends(utc_now)]


@router.get("/appointments")
def day_page(request: Request, staff: Signed, now: Now, day: str = "") -> Response:
    """The day asked for, or the next one with openings."""
    wanted = read_day(day)
    unread = bool(day) and wanted is None
    return _day(request, wanted, now, notice=take_notice(request), unread=unread)


@router.post("/appointments/{code}/cancel")
def cancel(request: Request, staff: Signed, now: Now, code: str) -> Response:
    """Cancel for the visitor and show the day again."""
    office = office_of(request)
    before = office.database.read(lambda session: find(session, code))
    day = local(before.opening.starts_at).date()

    try:
        office.database.write(
            lambda session: booking.cancel(
                session, office.reception, find(session, code), now, actor=staff.name
            )
        )
    except DeskError as error:
        return _day(request, day, now, problem=error)
    leave_notice(request, "cancelled")
    return RedirectResponse(f"/console/appointments?day={day}", status_code=303)


def _day(
    request: Request,
    wanted: date | None,
    now: datetime,
    *,
    notice: str | None = None,
    problem: DeskError | None = None,
    unread: bool = False,
) -> Response:
    today = local(now).date()

    def read(session: Session) -> dict[str, Any]:
        day = wanted or _day_of(openings.first_start(session, midnight(today))) or today
        begins, ends = midnight(day), midnight(day + timedelta(days=1))
        of_day = openings.between(session, begins, ends)
        # Booked seats first; the cancelled have no seat any more.
        appointments = {
            o.id: sorted(o.appointments, key=lambda a: (a.seat is None, a.seat or 0, a.id))
            for o in of_day
        }
        booked_in = {a.conversation_id for of in appointments.values() for a in of}
        return {
            "begins": begins,
            "openings": of_day,
            "appointments": appointments,
            "noted": attendance.of(session, (a for of in appointments.values() for a in of)),
            "conversations": {c for c in booked_in if c and conversations.exists(session, c)},
            "earlier": openings.last_start(session, begins),
            "later": openings.first_start(session, ends),
        }

    office = office_of(request)
    context = office.database.read(read)
    context |= {
        "now": now,
        "notice": notice,
        "problem": office.words.error(problem) if problem else None,
        "unread": unread,
    }
    return page(
        request, "appointments", context, status=STATUS.get(type(problem), 400) if problem else 200
    )


def _day_of(moment: datetime | None) -> date | None:
    return local(moment).date() if moment else None
