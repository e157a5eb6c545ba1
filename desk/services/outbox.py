"""Messages out: stored with what happened, claimed before they are sent, settled afterwards.

A message is delivered at least once: whoever is killed between sending and settling leaves a claim
that runs out, and the message is sent again under the same id, by which the other side can tell.
All that concerns one appointment goes out in order over each channel. Sending itself is a door's.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, or_, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, aliased

from desk.clock import iso
from desk.contacts import is_mobile
from desk.errors import NotGivenUp
from desk.models import Appointment, LogEntry, Opening, OutboxMessage

if TYPE_CHECKING:  # events tells us, so it imports this module
    from desk.services.events import Event

# What staff and visitors are told of; the rest is for the log alone.
ANNOUNCED = frozenset(
    f"appointment.{verb}" for verb in ("book", "accept", "reschedule", "move", "cancel", "offer")
)
# 30 s, 1 min, 2 min … 64 min, then every two hours: given up after a day.
MOST_ATTEMPTS = 20
_FIRST_WAIT, _LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=2)
# Longer than a sender waits for the other side (``outbox.channels``).
CLAIM = timedelta(seconds=120)
_NAMESPACE = uuid.UUID("6c7f0c62-6a0e-4c43-9d0c-3f6a0f2e7d11")
_UNDONE = ("pending", "sending")


def listen(session: Session, event: Event) -> None:
    """Store what is to be sent about an event, over every channel that is on."""
    if event.name not in ANNOUNCED:
        return
    appointment, opening = event.appointment, event.appointment.opening
    facts: dict[str, Any] = {
        "starts_at": iso(opening.starts_at),
        "ends_at": iso(opening.ends_at),
        "place": opening.place,
        "changes": appointment.changes,
        "by_visitor": event.actor == "visitor",
    }
    expires_at = opening.ends_at
    if event.name == "appointment.offer" and appointment.held_until:
        facts["held_until"], expires_at = iso(appointment.held_until), appointment.held_until
    if "from_opening" in event.facts:
        before = session.get(Opening, event.facts["from_opening"])
        if before is not None:
            facts["before"] = iso(before.starts_at)
    key = f"{event.name}/{appointment.code}/{appointment.changes}"
    for channel in channels(session):
        if channel != "sms" or is_mobile(appointment.phone):
            put(session, key, event.name, channel, event.at, expires_at, facts, appointment)


def channels(session: Session) -> tuple[str, ...]:
    """The channels that are on."""
    return tuple(session.info.get("channels", ()))


def put(
    session: Session,
    key: str,
    event: str,
    channel: str,
    now: datetime,
    expires_at: datetime,
    facts: dict[str, Any],
    appointment: Appointment | None = None,
) -> None:
    """Store a message unless there is one of this key and channel. Never an error: what happened
    counts for more than telling of it."""
    values = {
        "event_key": key,
        "event": event,
        "channel": channel,
        "appointment_id": appointment.id if appointment else None,
        "facts": facts,
        "state": "pending",
        "attempts": 0,
        "created_at": now,
        "due_at": now,
        "expires_at": expires_at,
    }
    on_postgres = session.get_bind().dialect.name == "postgresql"
    insert = postgresql.insert if on_postgres else sqlite.insert
    session.execute(insert(OutboxMessage).values(**values).on_conflict_do_nothing())


def due(session: Session, channel: str, now: datetime) -> bool:
    """Whether ``claim`` would find something: a read, which locks nothing."""
    return session.scalar(_due(channel, now).with_only_columns(OutboxMessage.id)) is not None


def claim(session: Session, channel: str, now: datetime) -> OutboxMessage | None:
    """The next message, which is now the caller's for ``CLAIM``; None if there is none.

    What came too late is dropped on the way.
    """
    while True:
        query = _due(channel, now).with_for_update(skip_locked=True)
        found: OutboxMessage | None = session.scalar(query)
        if found is None:
            return None
        if found.expires_at is not None and found.expires_at <= now:
            _finish(found, "dropped", "too_late")
        elif found.attempts >= MOST_ATTEMPTS:
            _finish(found, "failed", found.reason or "killed")
        else:
            found.state, found.claimed_until = "sending", now + CLAIM
            found.attempts += 1
            return found
        session.flush()


def settle(session: Session, claimed: OutboxMessage, reason: str | None, now: datetime) -> None:
    """Note what became of a claimed message: sent (no ``reason``), to be tried again, or given up.

    If the claim ran out and somebody else has it now, theirs counts.
    """
    found = session.get(OutboxMessage, claimed.id, with_for_update=True, populate_existing=True)
    if found is None or (found.state, found.attempts) != ("sending", claimed.attempts):
        return
    if reason is None:
        _finish(found, "sent", None)
        found.sent_at = now
    elif found.attempts >= MOST_ATTEMPTS:
        _finish(found, "failed", reason)
    else:
        wait = min(_FIRST_WAIT * 2 ** (found.attempts - 1), _LONGEST_WAIT)
        _finish(found, "pending", reason)
        found.due_at = now + wait


def drop(session: Session, claimed: OutboxMessage) -> None:
    """Let a claimed message go that is not true any more."""
    found = session.get(OutboxMessage, claimed.id, with_for_update=True, populate_existing=True)
    if found is not None and (found.state, found.attempts) == ("sending", claimed.attempts):
        _finish(found, "dropped", "outdated")


def resend(session: Session, message: int, actor: str, now: datetime) -> OutboxMessage:
    """Try a given-up message anew, for staff. Raises ``NotGivenUp``."""
    found = session.get(OutboxMessage, message, with_for_update=True)
    if found is None or found.state != "failed":
        raise NotGivenUp()
    found.state, found.attempts, found.due_at = "pending", 0, now
    session.add(LogEntry(at=now, actor=actor, action="outbox.resend", subject=found.event_key))
    return found


def count(session: Session, *states: str) -> int:
    """How many messages are in these states."""
    query = select(func.count()).select_from(OutboxMessage).where(OutboxMessage.state.in_(states))
    return session.scalar(query) or 0


def listing(session: Session, most: int = 100) -> Sequence[tuple[OutboxMessage, str | None]]:
    """Messages with the code of their appointment: those given up first, then the latest."""
    rows = session.execute(
        select(OutboxMessage, Appointment.code)
        .outerjoin(Appointment, Appointment.id == OutboxMessage.appointment_id)
        .order_by((OutboxMessage.state != "failed"), OutboxMessage.id.desc())
        .limit(most)
    )
    return [(message, code) for message, code in rows]


def message_id(message: OutboxMessage) -> str:
    """What the other side may know a message by: 32 hex digits, the same at each attempt."""
    return uuid.uuid5(_NAMESPACE, f"{message.event_key} {message.channel}").hex


def _due(channel: str, now: datetime) -> Any:
    """The next message of a channel whose turn has come."""
    earlier = aliased(OutboxMessage)
    waits_for_another = (
        select(earlier.id)
        .where(
            earlier.channel == channel,
            earlier.appointment_id == OutboxMessage.appointment_id,
            earlier.id < OutboxMessage.id,
            earlier.state.in_(_UNDONE),
        )
        .exists()
    )
    return (
        select(OutboxMessage)
        .where(
            OutboxMessage.channel == channel,
            or_(
                (OutboxMessage.state == "pending") & (OutboxMessage.due_at <= now),
                (OutboxMessage.state == "sending") & (OutboxMessage.claimed_until <= now),
            ),
            ~waits_for_another,
        )
        .order_by(OutboxMessage.due_at, OutboxMessage.id)
        .limit(1)
    )


def _finish(message: OutboxMessage, state: str, reason: str | None) -> None:
    message.state, message.reason, message.claimed_until = state, reason, None
