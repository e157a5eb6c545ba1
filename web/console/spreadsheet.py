"""The day sheet as an XLSX file, ready for A4 landscape.

Visitors' words are written as strings, whatever they begin with: a company called ``=HYPERLINK(…)``
must not become a formula on the host's computer.
"""

from __future__ import annotations

import io
from datetime import date

from xlsxwriter import Workbook

from desk.clock import local
from desk.office import Office
from desk.services.day_sheet import Line, Sheet

# The columns in order, with their widths in characters; the words are labels ``sheet.<name>``.
COLUMNS = {
    "time": 12,
    "seat": 5,
    "company": 22,
    "contact": 10,
    "phone": 14,
    "attendees": 5,
    "subject": 30,
    "goal": 26,
    "asked": 34,
    "basis": 34,
    "status": 9,
    "arrival": 8,
    "outcome": 24,
    "follow_up": 12,
    "code": 11,
}
Value = str | int | date | None


def workbook(office: Office, sheet: Sheet) -> bytes:
    """The file's contents."""
    file = io.BytesIO()
    safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = Workbook(file, {"in_memory": True, **safe})
    border = {"border": 1, "text_wrap": True, "valign": "top", "font_size": 10}
    head = book.add_format({**border, "bold": True, "bg_color": "#DCF0E5"})
    cell = book.add_format(border)
    day = book.add_format({**border, "num_format": "yyyy-mm-dd"})
    page = book.add_worksheet(sheet.day.isoformat())
    for column, (name, width) in enumerate(COLUMNS.items()):
        page.set_column(column, column, width)
        page.write_string(0, column, office.words.label(f"sheet.{name}"), head)
    for row, line in enumerate(sheet.all_lines, start=1):
        for column, value in enumerate(_values(office, line)):
            if isinstance(value, date):
                page.write_datetime(row, column, value, day)
            elif isinstance(value, int):
                page.write_number(row, column, value, cell)
            else:
                page.write_string(row, column, value or "", cell)
    page.set_landscape()
    page.set_paper(9)  # A4
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    page.freeze_panes(1, 0)
    title = office.words.label("sheet.title", day=sheet.day.isoformat())
    page.set_header(f"&C{title.replace('&', '&&')}")
    page.set_footer("&C&P / &N")
    book.close()
    return file.getvalue()


def _values(office: Office, line: Line) -> list[Value]:
    """The cells of a line, in the order of ``COLUMNS``."""
    appointment, opening, noted = line.appointment, line.opening, line.attendance
    words = office.words
    company = "\n".join(filter(None, (appointment.company, appointment.uscc)))
    followed_up = noted and noted.followed_up_at
    done = words.label("sheet.done", day=local(followed_up).date()) if followed_up else None
    return [
        words.hours(opening.starts_at, opening.ends_at),
        appointment.seat,
        company,
        appointment.contact,
        appointment.phone,
        appointment.attendees,
        appointment.description,
        appointment.goal,
        "\n".join(line.background.asked),
        "\n".join(
            words.label(
                "sheet.citation",
                document=one["document"],
                clause=one["clause"],
                status=words.label(f"citation.{one['status']}"),
            )
            for one in line.background.basis
        ),
        words.label(appointment.status),
        words.label(noted.state) if noted else None,
        noted.outcome if noted else None,
        done or (noted.follow_up_on if noted else None),
        appointment.code,
    ]
