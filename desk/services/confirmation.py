"""What a visitor takes home: the public facts with a link, the calendar file, the QR code."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import segno
from icalendar import Alarm, Calendar, Event

from desk.links import page_of
from desk.models import Appointment
from desk.services import booking
from desk.words import Words


def shown(secret: str, appointment: Appointment) -> dict[str, Any]:
    """The public shape of an appointment with ``page``, the path of its confirmation page."""
    return booking.as_public(appointment) | {"page": page_of(secret, appointment.code)}


def calendar(words: Words, appointment: Appointment, now: datetime, url: str) -> bytes:
    """The appointment as an ICS file. A calendar that imports it again after a change follows: the
    UID stays and the sequence grows. A cancelled one says so; a seat not taken is tentative."""
    opening = appointment.opening
    note = words.phrase("calendar_note", code=appointment.code, url=url)
    if opening.example:
        note += "\n" + words.phrase("example_schedule")
    visit = Event()
    visit.add("uid", f"{appointment.code}@enterprise-service-desk")
    visit.add("dtstamp", now)
    visit.add("sequence", appointment.changes)
    visit.add("dtstart", opening.starts_at)
    visit.add("dtend", opening.ends_at)
    visit.add("summary", words.label("calendar_title"))
    visit.add("location", opening.place)
    visit.add("description", note)
    visit.add("url", url)
    status = {"booked": "CONFIRMED", "held": "TENTATIVE", "waiting": "TENTATIVE"}
    visit.add("status", status.get(appointment.status, "CANCELLED"))
    if appointment.status == "booked":
        reminder = Alarm()
        reminder.add("action", "DISPLAY")
        reminder.add("trigger", timedelta(days=-1))
        reminder.add("description", words.label("calendar_title"))
        visit.add_component(reminder)
    file = Calendar()
    file.add("prodid", "-//enterprise-service-desk//reception days//ZH")
    file.add("version", "2.0")
    file.add("method", "PUBLISH")
    file.add_component(visit)
    return bytes(file.to_ical())


def qr_code(url: str) -> str:
    """A QR code as an inline SVG that fits its box; medium error correction, for print."""
    picture = io.BytesIO()
    segno.make(url, error="m", micro=False).save(
        picture, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=2, svgclass="qr"
    )
    return picture.getvalue().decode()
