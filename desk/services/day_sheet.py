"""The host's sheet of a day: visits, the conversations that led there, and what they rest on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.knowledge import Shelf
from desk.models import Appointment, Attendance, Conversation, Inquiry, Opening
from desk.services import attendance, citations, openings
from desk.services.events import STANDING
from desk.services.publishing import midnight

# What a host can take in at a glance; the whole conversation is a link away.
MOST_QUESTIONS = 4
_LONGEST_QUESTION = 60
# Questions put to the bot; small talk, tasks and words of a form tell a host nothing.
_QUESTIONS = ("answer", "clarify", "unknown")


@dataclass(frozen=True)
class Background:
    """What led to a visit. ``asked``: the latest questions, shortened, in order; ``more``: how many
    came before them; ``topics``: ids of what was discussed; ``basis``: their citations in the
    public shape, each once; ``chat``: whether the conversation still exists."""

    asked: tuple[str, ...]
    more: int
    topics: tuple[str, ...]
    basis: tuple[dict[str, Any], ...]
    chat: bool


@dataclass(frozen=True)
class Line:
    """A visit of the day."""

    opening: Opening
    appointment: Appointment
    attendance: Attendance | None
    background: Background


@dataclass(frozen=True)
class Sheet:
    """A day: all its openings in order, and the lines of each by the opening's id, those with a
    seat first, then who waits for one. ``cancelled`` ones are left out."""

    day: date
    openings: Sequence[Opening]
    lines: dict[int, list[Line]]

    @property
    def all_lines(self) -> list[Line]:
        return [line for opening in self.openings for line in self.lines[opening.id]]


def sheet(session: Session, shelf: Shelf, day: date, now: datetime) -> Sheet:
    """The sheet of a day in Shanghai."""
    found = openings.between(session, midnight(day), midnight(day + timedelta(days=1)))
    expected = [a for opening in found for a in opening.appointments if a.status in STANDING]
    noted = attendance.of(session, expected)
    led = backgrounds(session, shelf, expected, now)
    lines: dict[int, list[Line]] = {opening.id: [] for opening in found}
    for appointment in sorted(expected, key=lambda a: (a.seat is None, a.seat or 0, a.id)):
        lines[appointment.opening_id].append(
            Line(
                appointment.opening,
                appointment,
                noted.get(appointment.id),
                led[appointment.id],
            )
        )
    return Sheet(day, found, lines)


def backgrounds(
    session: Session, shelf: Shelf, appointments: Iterable[Appointment], now: datetime
) -> dict[int, Background]:
    """The background of each appointment by its id."""
    wanted = list(appointments)
    homes = {a.conversation_id for a in wanted if a.conversation_id}
    known = set(session.scalars(select(Conversation.id).where(Conversation.id.in_(homes))))
    asked: dict[str, list[Inquiry]] = {home: [] for home in homes}
    for inquiry in session.scalars(
        select(Inquiry)
        .where(Inquiry.conversation_id.in_(homes), Inquiry.kind.in_(_QUESTIONS))
        .order_by(Inquiry.id)
    ):
        asked[inquiry.conversation_id].append(inquiry)
    return {
        a.id: _background(shelf, a, asked.get(a.conversation_id or "", []), known, now)
        for a in wanted
    }


def _background(
    shelf: Shelf, appointment: Appointment, asked: list[Inquiry], known: set[str], now: datetime
) -> Background:
    ids = [appointment.topic, *(one.topic for one in asked if one.kind == "answer")]
    topics = tuple(dict.fromkeys(id_ for id_ in ids if id_ and shelf.topic(id_)))
    basis: dict[tuple[str, str], dict[str, Any]] = {}
    for id_ in topics:
        topic = shelf.topics[id_]
        for citation in citations.citations_of(shelf, topic, now):
            basis.setdefault((citation["document"], citation["clause"]), citation)
    texts = [_shortened(one.text) for one in asked]
    shown = texts[-MOST_QUESTIONS:]
    return Background(
        asked=tuple(shown),
        more=len(texts) - len(shown),
        topics=topics,
        basis=tuple(basis.values()),
        chat=appointment.conversation_id in known,
    )


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_QUESTION else text[: _LONGEST_QUESTION - 1] + "…"
