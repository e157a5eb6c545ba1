"""Runs in Rasa's environment for ``test_contract``: Rasa calls a real action server.

Argument: the server's port. Standard input: cases ``{name: {action or form, text, …}}``. Prints
what Rasa made of each answer, with its own validation of it in place.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from rasa.core.actions.action import RemoteAction
from rasa.core.actions.forms import FormAction
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from desk.settings import ROOT

DOMAIN = Domain.load(str(ROOT / "bot" / "domain"))


def main() -> None:
    url = f"http://127.0.0.1:{sys.argv[1]}/webhook"
    cases = json.load(sys.stdin)
    found = {name: asyncio.run(outcome(case, EndpointConfig(url))) for name, case in cases.items()}
    print(json.dumps(found, ensure_ascii=False))


async def outcome(case: dict[str, Any], endpoint: EndpointConfig) -> dict[str, Any]:
    """Run one action or form as Rasa's processor does."""
    if "form" in case:
        action: Any = FormAction(case["form"], endpoint)
    else:
        action = RemoteAction(case["action"], endpoint)
    nlg = TemplatedNaturalLanguageGenerator(DOMAIN.responses)
    tracker = a_tracker(case)
    try:
        events = await action.run(CollectingOutputChannel(), nlg, tracker, DOMAIN)
    except Exception as error:
        return {"error": type(error).__name__}
    tracker.update_with_events(events, DOMAIN)
    return {
        "events": [summary(event) for event in events],
        "said": [e.data["custom"]["text"] for e in events if getattr(e, "data", {}).get("custom")],
        "uttered": [e.text for e in events if getattr(e, "text", None)],
        "asked": tracker.get_slot("requested_slot"),
        "slots": {n: s.value for n, s in tracker.slots.items() if s.value is not None},
    }


def summary(event: Event) -> dict[str, Any]:
    kept = ("event", "name", "value")
    return {key: value for key, value in event.as_dict().items() if key in kept}


def a_tracker(case: dict[str, Any]) -> DialogueStateTracker:
    """A conversation in which the visitor has just said the case's text."""
    text, decision = case["text"], case["decision"]
    message = {
        "text": text,
        "intent": {"name": case.get("intent", "ask"), "confidence": 1.0},
        "entities": [],
        "decision": decision,
        "metadata": {"message": "m1", "text": text},
    }
    uttered = UserUttered(
        text,
        intent=message["intent"],
        parse_data=message,
        metadata=message["metadata"],
        input_channel="rest",
    )
    before: list[Event] = [ActionExecuted("action_listen"), uttered]
    if "loop" in case:
        slots = [SlotSet(name, value) for name, value in case.get("slots", {}).items()]
        before = [
            ActiveLoop(case["loop"]),
            *slots,
            SlotSet("requested_slot", case["asked"]),
            *before,
        ]
    return DialogueStateTracker.from_events("c" * 32, before, DOMAIN.slots, domain=DOMAIN)


if __name__ == "__main__":
    main()
