"""Rasa's SQL tracker store, made for long conversations and for one statement a turn.

A turn of Rasa costs more the more events its session has: all of them are read, replayed and sent
to the action server. So when a session has grown long, its state (slots, running form) is written
as the beginning of a new session, in the same transaction as the turn. The visitor notices
nothing; the old events stay in the database.

Written for Rasa 3.6.21: ``save`` replaces ``SQLTrackerStore.save``, which adds events one by one.
"""

from __future__ import annotations

import json
from typing import Any

from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import event

# Some twenty turns: twice the cost of a turn in a young session is not reached by then.
MOST_EVENTS = 120


class ShortSessionTrackerStore(SQLTrackerStore):
    """A ``SQLTrackerStore`` whose sessions stay short; named in ``bot/endpoints.yml``."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _spare_the_disk)
            self.engine.dispose()  # connections made before the listener

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Store the events that are new, and a fresh session after them if this one is long."""
        await self.stream_events(tracker)
        with self.session_scope() as session:
            events = list(self._additional_events(session, tracker))
            if is_long(tracker):
                events += fresh_session(tracker)
            if events:
                rows = [self._row(tracker.sender_id, new) for new in events]
                session.execute(self.SQLEvent.__table__.insert(), rows)
            session.commit()

    @staticmethod
    def _row(sender_id: str, new: Event) -> dict[str, Any]:
        data = new.as_dict()
        return {
            "sender_id": sender_id,
            "type_name": new.type_name,
            "timestamp": data.get("timestamp"),
            "intent_name": data.get("parse_data", {}).get("intent", {}).get("name"),
            "action_name": data.get("name"),
            "data": json.dumps(data),
        }


def _spare_the_disk(connection: Any, _record: Any) -> None:
    """One write to the disk a turn instead of four. A power cut may cost a dialogue its last turn;
    bookings and receipts are in the desk's own database."""
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=NORMAL")


def is_long(tracker: DialogueStateTracker) -> bool:
    """Whether a session has grown long and stands between two turns."""
    return len(tracker.events) > MOST_EVENTS and tracker.latest_action_name == ACTION_LISTEN_NAME


def fresh_session(tracker: DialogueStateTracker) -> list[Event]:
    """The events of a new session that continues a tracker: slots, running form, listening."""
    # In this order: a session is what is not older than its start. The empty message carries the
    # time: Rasa reads a session's age off its last message, and an abandoned form is forgotten
    # after the session's expiry here too.
    events: list[Event] = [SessionStarted(), UserUttered("")]
    for name, value in tracker.current_slot_values().items():
        if value is not None:
            events.append(SlotSet(name, value))
    if tracker.active_loop_name:
        events.append(ActiveLoop(tracker.active_loop_name))
    return [*events, ActionExecuted(ACTION_LISTEN_NAME)]
