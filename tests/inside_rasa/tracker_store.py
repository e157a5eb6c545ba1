"""Rasa's own promises of a SQL tracker store, and ours: short sessions that lose nothing."""

from __future__ import annotations

from pathlib import Path

from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.components.acceleration import source_digest
from bot.tracker_store import MOST_EVENTS, ShortSessionTrackerStore

DOMAIN = Domain.load(str(Path(__file__).resolve().parents[2] / "bot" / "domain"))


def a_store(folder: Path, kind: type[SQLTrackerStore] = ShortSessionTrackerStore):
    return kind(domain=DOMAIN, dialect="sqlite", db=str(folder / "tracker.db"))


def a_tracker(events: list[Event], sender: str = "visitor") -> DialogueStateTracker:
    return DialogueStateTracker.from_events(sender, events, DOMAIN.slots, domain=DOMAIN)


def a_turn(number: int) -> list[Event]:
    return [
        UserUttered(f"question {number}", {"name": "ask", "confidence": 1.0}),
        ActionExecuted("action_answer"),
        BotUttered(f"answer {number}"),
        ActionExecuted("action_listen"),
    ]


def a_session() -> list[Event]:
    return [
        ActionExecuted("action_session_start"),
        SessionStarted(),
        ActionExecuted("action_listen"),
    ]


async def test_what_is_saved_is_retrieved(folder: Path) -> None:
    store = a_store(folder)
    tracker = a_tracker([*a_session(), *a_turn(1)])
    await store.save(tracker)
    found = await store.retrieve("visitor")
    assert [e.type_name for e in found.events] == [e.type_name for e in list(tracker.events)[1:]]
    assert await store.retrieve("somebody else") is None
    assert list(await store.keys()) == ["visitor"]


async def test_only_new_events_are_added_and_exactly_as_rasa_stores_them(folder: Path) -> None:
    rows = []
    for name, kind in (("a", SQLTrackerStore), ("b", ShortSessionTrackerStore)):
        (folder / name).mkdir()
        store = a_store(folder / name, kind)
        events = [*a_session(), *a_turn(1)]
        for event in events:
            event.timestamp = 1.0
        await store.save(a_tracker(events))
        tracker = await store.retrieve("visitor")
        for event in a_turn(2):
            event.timestamp = 2.0
            if isinstance(event, UserUttered):
                event.message_id = "m"
            tracker.update(event, DOMAIN)
        await store.save(tracker)
        await store.save(tracker)
        with store.session_scope() as session:
            rows.append(
                [
                    (r.type_name, r.timestamp, r.intent_name, r.action_name)
                    for r in session.query(store.SQLEvent).order_by(store.SQLEvent.id)
                ]
            )
    assert rows[0] == rows[1]
    assert len(rows[0]) == 11


async def test_a_new_session_hides_the_old_one_but_the_full_tracker_has_both(folder: Path) -> None:
    store = a_store(folder)
    await store.save(a_tracker([*a_session(), *a_turn(1)]))
    tracker = await store.retrieve("visitor")
    for event in [*a_session(), *a_turn(2)]:
        tracker.update(event, DOMAIN)
    await store.save(tracker)
    texts = [e.text for e in (await store.retrieve("visitor")).events if isinstance(e, UserUttered)]
    assert texts == ["question 2"]
    full = await store.retrieve_full_tracker("visitor")
    assert [e.text for e in full.events if isinstance(e, UserUttered)] == [
        "question 1",
        "question 2",
    ]


async def test_a_long_conversation_keeps_its_form_and_its_slots(folder: Path) -> None:
    store = a_store(folder)
    form = [SlotSet("company", "甲公司"), ActiveLoop("booking_form")]
    session = a_session()
    for event in (*form, SlotSet("requested_slot", "phone")):
        event.timestamp = session[-1].timestamp
        session.append(event)
    await store.save(a_tracker(session))
    longest = 0
    for number in range(100):
        tracker = await store.retrieve("visitor")
        longest = max(longest, len(tracker.events))
        for event in a_turn(number):
            tracker.update(event, DOMAIN)
        await store.save(tracker)
    found = await store.retrieve("visitor")
    assert longest <= MOST_EVENTS + 4
    assert found.active_loop_name == "booking_form"
    assert found.get_slot("company") == "甲公司"
    assert found.get_slot("requested_slot") == "phone"
    assert found.latest_action_name == "action_listen"
    full = await store.retrieve_full_tracker("visitor")
    said = [e.text for e in full.events if isinstance(e, UserUttered) and e.text]
    assert said == [f"question {number}" for number in range(100)]


async def test_a_fresh_session_still_knows_when_the_last_message_was(folder: Path) -> None:
    store = a_store(folder)
    tracker = a_tracker([*a_session(), *(e for n in range(40) for e in a_turn(n))])
    await store.save(tracker)
    found = await store.retrieve("visitor")
    last = found.get_last_event_for(UserUttered)
    assert len(found.events) < 10
    assert last is not None and last.timestamp >= list(tracker.events)[-1].timestamp


def test_the_replaced_save_is_the_one_it_was_written_for() -> None:
    replaced = {
        "save": "57165e46eab3de08",
        "_additional_events": "d22f99eb863acb07",
        "_event_query": "cd44f7901b860bfd",
    }
    found = {name: source_digest(getattr(SQLTrackerStore, name)) for name in replaced}
    assert found == replaced
