"""Messages out in the console: what was sent, what waits, what was given up."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from desk.clock import utc_now
from desk.services import outbox
from web.console.door import Door
from web.console.pages import leave_notice, page, take_notice
from web.console.session import Signed
from web.context import office_of

router = APIRouter(route_class=Door)

Now = Annotated[datetime, Depends(utc_now)]


@router.get("/messages")
def listing(request: Request, staff: Signed) -> Response:
    """The latest messages, those given up first."""

    def read(session: Session) -> dict[str, Any]:
        return {
            "rows": outbox.listing(session),
            "waiting": outbox.count(session, "pending", "sending"),
            "lost": outbox.count(session, "failed"),
        }

    office = office_of(request)
    context = office.database.read(read) | {"notice": take_notice(request)}
    return page(request, "messages", context | {"channels": office.settings.outbox.channels})


@router.post("/messages/{id}/resend")
def resend(request: Request, staff: Signed, now: Now, id: int) -> Response:
    """Try a given-up message anew."""
    office_of(request).database.write(lambda s: outbox.resend(s, id, staff.name, now))
    leave_notice(request, "resent")
    return RedirectResponse("/console/messages", status_code=303)
