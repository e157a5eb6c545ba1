"""An abandoned form is forgotten with its session: with the domain's own settings, in Rasa."""

from __future__ import annotations

import time
from types import SimpleNamespace

from rasa.core.actions.action import ActionSessionStart
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.core.processor import MessageProcessor
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from desk.settings import ROOT

DOMAIN = Domain.load(str(ROOT / "bot" / "domain"))


def in_the_middle_of_booking(minutes_ago: float) -> DialogueStateTracker:
    """A form with half its answers, left so long ago."""
    then = time.time() - minutes_ago * 60
    tracker = DialogueStateTracker.from_events("c", [], slots=DOMAIN.slots, domain=DOMAIN)
    tracker.update_with_events(
        [
            SessionStarted(timestamp=then),
            ActionExecuted("action_listen", timestamp=then),
            UserUttered("王经理", timestamp=then),
            ActiveLoop("booking_form", timestamp=then),
            SlotSet("company", "武汉示例涂装有限公司", timestamp=then),
            SlotSet("phone", "13800138000", timestamp=then),
            SlotSet("requested_slot", "attendees", timestamp=then),
        ],
        DOMAIN,
        override_timestamp=False,
    )
    return tracker


def is_over(tracker: DialogueStateTracker) -> bool:
    processor = SimpleNamespace(domain=DOMAIN)
    return MessageProcessor._has_session_expired(processor, tracker)


def test_a_form_is_kept_within_its_session() -> None:
    assert not is_over(in_the_middle_of_booking(minutes_ago=55))


async def test_after_its_session_a_form_and_what_it_gathered_are_gone() -> None:
    tracker = in_the_middle_of_booking(minutes_ago=65)
    assert is_over(tracker)
    nlg = TemplatedNaturalLanguageGenerator(DOMAIN.responses)
    events = await ActionSessionStart().run(CollectingOutputChannel(), nlg, tracker, DOMAIN)
    tracker.update_with_events(events, DOMAIN)
    assert tracker.active_loop_name is None
    assert [n for n, s in tracker.slots.items() if s.value is not None] in (
        [],
        ["session_started_metadata"],
    )
