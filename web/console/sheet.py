"""The day sheet in the console: a page made for paper, and the same as a spreadsheet."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from sqlalchemy.orm import Session
from starlette.responses import Response

from desk.clock import local, utc_now
from desk.models import LogEntry, Staff
from desk.services import day_sheet
from desk.services.day_sheet import Sheet
from web.console import spreadsheet
from web.console.door import Door
from web.console.filters import read_day
from web.console.pages import page
from web.console.session import Signed
from web.context import office_of

router = APIRouter(route_class=Door)

Now = Annotated[datetime, Depends(utc_now)]


@router.get("/sheet")
def sheet_page(request: Request, staff: Signed, now: Now, day: str = "") -> Response:
    """The sheet of a day; of today when the address names none."""
    return page(request, "sheet", {"sheet": _sheet(request, day, now), "now": now})


@router.get("/sheet/file")
def sheet_file(request: Request, staff: Signed, now: Now, day: str = "") -> Response:
    """The sheet of a day as an XLSX file. It leaves the house with names and telephones, so the
    log says who took it."""
    sheet = _sheet(request, day, now)
    office = office_of(request)
    office.database.write(lambda session: _log(session, staff, sheet, now))
    name = f"reception-{sheet.day.isoformat()}.xlsx"
    return Response(
        spreadsheet.workbook(office, sheet),
        media_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _sheet(request: Request, day: str, now: datetime) -> Sheet:
    office = office_of(request)
    wanted = read_day(day) or local(now).date()
    return office.database.read(lambda s: day_sheet.sheet(s, office.shelf, wanted, now))


def _log(session: Session, staff: Staff, sheet: Sheet, now: datetime) -> None:
    session.add(
        LogEntry(at=now, actor=staff.name, action="sheet.download", subject=sheet.day.isoformat())
    )
