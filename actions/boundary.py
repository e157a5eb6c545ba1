"""The door itself: what every action needs, and where errors become words.

Rasa answers a crashed action with silence, so nothing is raised past ``guarded``: the visitor
hears an apology, and the log gets the fault with the conversation id.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from desk.clock import utc_now
from desk.decision import OUT_OF_SCOPE, Decision, chosen
from desk.errors import DeskError, InternalFault
from desk.office import Keeper, Office, open_office
from desk.services import conversations
from desk.services.reply import Reply
from desk.settings import read_settings

log = logging.getLogger(__name__)

Events = list[dict[str, Any]]


@functools.lru_cache(maxsize=1)
def keeper() -> Keeper:
    """The keeper of the office, on first use: importing this package must not open a database."""
    return Keeper(open_office(read_settings()))


def office() -> Office:
    """The opened office, with the knowledge as it is now."""
    return keeper().current()


@dataclass(frozen=True)
class Turn:
    """A visitor's message as an action sees it. ``key`` is the gateway's id of the message;
    ``pressed``: it is a button, for typed text never reaches Rasa with a leading slash."""

    conversation: str
    text: str
    intent: str
    entities: dict[str, Any]
    decision: Decision
    key: str | None
    slots: dict[str, Any]
    now: datetime
    pressed: bool = False

    @property
    def asked(self) -> str | None:
        """The slot that the running form asked for."""
        return self.slots.get("requested_slot")


class Mouth:
    """Says replies through Rasa, as ``custom`` messages that the gateway understands."""

    def __init__(self, dispatcher: CollectingDispatcher) -> None:
        self._dispatcher = dispatcher

    def say(self, reply: Reply) -> None:
        self._dispatcher.utter_message(json_message=reply.as_dict())

    def error(self, error: DeskError) -> None:
        self.say(Reply(office().words.error(error)))


def read_turn(tracker: Tracker, now: datetime) -> Turn:
    """Everything an action may want to know about the latest message."""
    message = tracker.latest_message or {}
    intent = (message.get("intent") or {}).get("name") or ""
    entities = {e["entity"]: e["value"] for e in message.get("entities") or [] if "entity" in e}
    key = (message.get("metadata") or {}).get("message")
    text = (message.get("metadata") or {}).get("text") or message.get("text") or ""
    return Turn(
        conversation=tracker.sender_id,
        text=text,
        intent=intent,
        entities=entities,
        decision=_decision(message.get("decision"), intent, entities),
        key=key,
        slots=tracker.current_slot_values(),
        now=now,
        pressed=str(message.get("text") or "").startswith("/"),
    )


def _decision(data: Any, intent: str, entities: dict[str, Any]) -> Decision:
    """The ranking component's decision, or what a pressed button means."""
    if isinstance(data, dict):
        return Decision.from_dict(data)
    if intent == "show" and entities.get("topic"):
        return chosen(str(entities["topic"]))
    if intent.startswith("task_"):
        return chosen(intent.replace("task_", "task.", 1))
    if intent in {"affirm", "deny", "stop"}:
        return chosen(intent)
    if intent == "inform":  # a button of a form; outside of one there is nothing to affirm
        return chosen("affirm")
    return Decision("refusal", OUT_OF_SCOPE, known=False)


Run = Callable[[Any, Turn, Mouth], Events]


def guarded(run: Run) -> Callable[..., Any]:
    """Make ``run(self, turn, mouth)`` an action's ``run``: off the event loop, never raising."""

    async def guarded_run(
        self: Any, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        return await asyncio.to_thread(_run, run, self, dispatcher, tracker)

    # Not functools.wraps: rasa-sdk counts the parameters of what a wrapper wraps.
    guarded_run.__name__, guarded_run.__qualname__ = run.__name__, run.__qualname__
    guarded_run.__doc__ = run.__doc__
    return guarded_run


def _run(run: Run, action: Any, dispatcher: CollectingDispatcher, tracker: Tracker) -> Events:
    mouth = Mouth(dispatcher)
    now = utc_now()
    try:
        return run(action, read_turn(tracker, now), mouth)
    except DeskError as error:
        mouth.error(error)
        return _hold(action, tracker)
    except Exception:
        log.exception("action %s failed, conversation %s", action.name(), tracker.sender_id)
        _note(tracker.sender_id, action.name(), now)
        # Half-said replies belong to work that was rolled back.
        dispatcher.messages.clear()
        mouth.error(InternalFault())
        return _hold(action, tracker)


def _hold(action: Any, tracker: Tracker) -> Events:
    """After a fault in reading an answer the form asks again; without an event Rasa would take
    the answer, a telephone number perhaps, for a question of its own."""
    asked = tracker.get_slot("requested_slot")
    return [SlotSet(asked, None)] if asked and action.name().startswith("validate_") else []


def _note(conversation: str, name: str, now: datetime) -> None:
    try:
        office().database.write(
            lambda session: conversations.log_fault(
                session, conversation, "actions", f"{name} failed", now
            )
        )
    except Exception:
        log.exception("fault of conversation %s could not be stored", conversation)
