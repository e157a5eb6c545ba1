"""The page of an appointment that its link and its QR code open, and its calendar file."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from desk.clock import local, utc_now
from desk.errors import DeskError
from desk.links import code_of, page_of
from desk.models import Appointment
from desk.services import booking, confirmation, waitlist
from web.context import OfficeOf
from web.limiting import address_of, hit
from web.problems import STATUS

router = APIRouter(include_in_schema=False)

VIEWS_PER_MINUTE = 60
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


@router.get("/appointments/{token}.ics")
def calendar(request: Request, office: OfficeOf, token: str) -> Response:
    """The calendar file behind the page's button."""
    hit(request, "page", address_of(request), VIEWS_PER_MINUTE)
    code = code_of(office.settings.secret, token)
    found = office.database.read(lambda session: booking.by_code(session, code))
    return ics(request, office, found)


@router.get("/appointments/{token}")
def page(request: Request, office: OfficeOf, token: str) -> Response:
    """The appointment as it stands now."""
    hit(request, "page", address_of(request), VIEWS_PER_MINUTE)
    return _page(request, office, token)


@router.post("/appointments/{token}")
def accept(request: Request, office: OfficeOf, token: str) -> Response:
    """Take the seat that is kept: the page's only button that changes anything."""
    hit(request, "page", address_of(request), VIEWS_PER_MINUTE)

    def work(session: Session) -> None:
        found = booking.by_code(session, code_of(office.settings.secret, token))
        waitlist.accept(session, office.reception, found, utc_now())

    try:
        office.database.write(work)
    except DeskError as error:
        return _page(request, office, token, problem=error)
    return RedirectResponse(f"/appointments/{token}", status_code=303)


def ics(request: Request, office: OfficeOf, appointment: Appointment) -> Response:
    """An appointment's calendar file as a download."""
    url = address(request, office, appointment.code)
    return Response(
        confirmation.calendar(office.words, appointment, utc_now(), url),
        media_type="text/calendar; charset=utf-8; method=PUBLISH",
        headers={"Content-Disposition": f'attachment; filename="{appointment.code}.ics"'},
    )


def address(request: Request, office: OfficeOf, code: str) -> str:
    """The full address of an appointment's page."""
    base = str(request.base_url).rstrip("/")
    return base + page_of(office.settings.secret, code)


def _page(
    request: Request, office: OfficeOf, token: str, problem: DeskError | None = None
) -> Response:
    words = office.words

    def read(session: Session) -> dict[str, Any]:
        found = booking.by_code(session, code_of(office.settings.secret, token))
        opening = found.opening
        return {
            "appointment": booking.as_public(found),
            "status": words.label(found.status),
            "opening": words.opening(opening.starts_at, opening.ends_at),
            "until": found.held_until and f"{local(found.held_until):%m-%d %H:%M}",
            "over": opening.ends_at <= utc_now(),
            "qr": Markup(confirmation.qr_code(address(request, office, found.code))),
        }

    context: dict[str, Any] = {"token": token, "problem": None}
    status = 200
    try:
        context |= office.database.read(read)
    except DeskError as error:
        problem = error
    if problem is not None:
        context["problem"], status = words.error(problem), STATUS.get(type(problem), 400)
    templates = request.app.state.templates
    answer: Response = templates.TemplateResponse(
        request, "confirmation.html", context, status_code=status
    )
    answer.headers["Content-Security-Policy"] = _POLICY
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["Cache-Control"] = "no-store"
    return answer
