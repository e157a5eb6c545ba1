"""What a message out says. Staff's groups and webhooks are other companies' services: they get the
company, the time and the code, and never a contact, a telephone or a visitor's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from desk.clock import iso, local
from desk.links import page_of
from desk.models import Appointment, OutboxMessage
from desk.services import outbox
from desk.services.publishing import midnight
from desk.services.reminders import DAY_BEFORE, visits_on
from desk.settings import Settings
from desk.words import Words

# A WeCom text has 2048 bytes at most; so many lines of a day fit.
_MOST_LINES = 20


@dataclass(frozen=True)
class Outgoing:
    """A message ready to be sent: ``id`` for the other side, ``text`` for people, ``data`` for
    programs, ``facts`` for the template of a text message (its ``phone`` stays out of ``repr``)."""

    id: str
    text: str = field(repr=False)
    data: dict[str, Any] = field(default_factory=dict, repr=False)
    facts: dict[str, str] = field(default_factory=dict, repr=False)


def compose(
    session: Session, words: Words, settings: Settings, message: OutboxMessage
) -> Outgoing | None:
    """The message as it is to be sent; None if it is not true any more. Staff are told everything
    that happened; a visitor only what still holds."""
    id_, public_url = outbox.message_id(message), settings.outbox.public_url
    base = {"id": id_, "event": message.event, "at": iso(message.created_at)}
    if message.event == DAY_BEFORE:
        return _day(session, words, public_url, message, base)
    appointment = session.get(Appointment, message.appointment_id)
    if appointment is None:
        return None
    said = _said(words, appointment, message)
    if message.channel == "sms":
        page = page_of(settings.secret, appointment.code)
        said["link"] = f"{public_url}{page}" if public_url else ""
        return _to_visitor(words, appointment, message, id_, said)
    link = f"\n{public_url}/console/appointments/{appointment.code}" if public_url else ""
    text = words.phrase(f"staff_{_verb(message)}", **said) + link
    data = {**base, "appointment": _data(appointment, message.facts), "text": text}
    return Outgoing(id_, text, data)


def _to_visitor(
    words: Words,
    appointment: Appointment,
    message: OutboxMessage,
    id_: str,
    said: dict[str, Any],
) -> Outgoing | None:
    offer = message.event == "appointment.offer"
    holds = {"appointment.cancel": "cancelled"}.get(message.event, "held" if offer else "booked")
    # A later change has a message of its own.
    if appointment.status != holds or appointment.changes != message.facts["changes"]:
        return None
    verb = _verb(message)
    if verb == "cancel" and not message.facts.get("by_visitor"):
        verb = "cancel_by_office"
    text = words.phrase(f"sms_{verb}", **said)
    if appointment.opening.example:
        text += words.phrase("example_schedule")
    if said["link"]:
        # The page has the button that takes an offered seat.
        text += words.phrase("sms_link", link=said["link"])
    facts = {
        "id": id_,
        "event": message.event,
        "phone": appointment.phone,
        "text": text,
        "code": appointment.code,
        "company": appointment.company,
        "time": said["time"],
        "place": said["place"],
        "link": said["link"],
    }
    return Outgoing(id_, text, {}, facts)


def _day(
    session: Session,
    words: Words,
    public_url: str,
    message: OutboxMessage,
    base: dict[str, Any],
) -> Outgoing | None:
    day = date.fromisoformat(message.facts["day"])
    visits = visits_on(session, day)
    if not visits:
        return None
    lines = [
        words.phrase(
            "staff_day_line",
            time=f"{local(visit.opening.starts_at):%H:%M}",
            company=visit.company,
            attendees=visit.attendees,
        )
        for visit in visits[:_MOST_LINES]
    ]
    text = words.phrase("staff_day", day=words.day(midnight(day)), count=len(visits))
    more = "\n…" if len(visits) > _MOST_LINES else ""
    link = f"\n{public_url}/console/sheet?day={day}" if public_url else ""
    data = {
        **base,
        "day": day.isoformat(),
        "appointments": [_data(visit, {}) for visit in visits],
        "text": text,
    }
    return Outgoing(base["id"], "\n".join([text, *lines]) + more + link, data)


def _said(words: Words, appointment: Appointment, message: OutboxMessage) -> dict[str, Any]:
    """The facts that sentences mention, as they were when it happened."""
    facts = message.facts
    begins, ends = (datetime.fromisoformat(facts[name]) for name in ("starts_at", "ends_at"))
    said = {
        "code": appointment.code,
        "company": appointment.company,
        "attendees": appointment.attendees,
        "time": words.opening(begins, ends),
        "place": facts["place"],
        "before": "",
        "until": "",
    }
    for name, fact in (("before", "before"), ("until", "held_until")):
        if fact in facts:
            moment = datetime.fromisoformat(facts[fact])
            said[name] = f"{words.day(moment)} {local(moment):%H:%M}"
    return said


def _data(appointment: Appointment, facts: dict[str, Any]) -> dict[str, Any]:
    opening = appointment.opening
    return {
        "code": appointment.code,
        "status": appointment.status,
        "company": appointment.company,
        "attendees": appointment.attendees,
        "topic": appointment.topic,
        "starts_at": facts.get("starts_at", iso(opening.starts_at)),
        "ends_at": facts.get("ends_at", iso(opening.ends_at)),
        "place": facts.get("place", opening.place),
    }


def _verb(message: OutboxMessage) -> str:
    return message.event.partition(".")[2]
