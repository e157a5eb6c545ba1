"""Tells visitors in their chats what happened to their appointments while they were away."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.clock import local
from desk.models import Appointment, Notice
from desk.services import conversations
from desk.services.reply import Button, Reply
from desk.words import Words

_AT_ONCE = 20


def pending(session: Session) -> bool:
    """Whether somebody has to be told something."""
    return session.scalar(select(Notice.id).where(Notice.told_at.is_(None)).limit(1)) is not None


def deliver(session: Session, words: Words, now: datetime) -> int:
    """Say what is pending, each notice once, in order; returns how many were said.

    The message and the mark that it was said are one transaction, and a second process skips what
    the first one holds.
    """
    found = session.execute(
        select(Notice, Appointment)
        .join(Appointment, Appointment.id == Notice.appointment_id)
        .where(Notice.told_at.is_(None))
        .order_by(Notice.id)
        .limit(_AT_ONCE)
        .with_for_update(of=Notice, skip_locked=True)
    ).all()
    said = 0
    for notice, appointment in found:
        notice.told_at = now
        home = appointment.conversation_id
        reply = _reply(words, notice, appointment, now)
        if reply is None or home is None or not conversations.exists(session, home):
            continue
        payload = reply.as_dict()
        conversations.say(session, home, "bot", payload.pop("text"), now, payload=payload)
        said += 1
    return said


def _reply(words: Words, notice: Notice, appointment: Appointment, now: datetime) -> Reply | None:
    """What to say, or None where it is not true any more."""
    opening, code = appointment.opening, appointment.code
    facts: dict[str, Any] = {
        "code": code,
        "opening": words.opening(opening.starts_at, opening.ends_at),
        "place": opening.place,
    }
    again = (Button(words.label("task.book"), "book"),)
    this = {"appointment_code": code}
    if notice.event == "appointment.offer":
        until = appointment.held_until
        if appointment.status != "held" or until is None or until <= now:
            return None
        when = f"{words.day(until)} {local(until):%H:%M}"
        buttons = (
            Button(words.label("accept_seat"), "answer_offer", {**this, "accepted": True}),
            Button(words.label("decline_seat"), "answer_offer", {**this, "accepted": False}),
        )
        return Reply(words.phrase("notice_offer", until=when, **facts), buttons)
    if notice.event == "appointment.lapse":
        offered = notice.facts.get("offered")
        text = words.phrase("notice_offer_lapsed" if offered else "notice_wait_lapsed", **facts)
        return Reply(text, again)
    if notice.event == "appointment.cancel":
        return Reply(words.phrase("notice_cancelled", **facts), again)
    if notice.event in {"appointment.move", "appointment.reschedule"}:
        buttons = (
            Button(words.label("task.reschedule"), "reschedule", this),
            Button(words.label("task.cancel"), "cancel", this),
        )
        return Reply(words.phrase("notice_moved", **facts), buttons)
    return None
