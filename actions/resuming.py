"""Taking a self-check up again from outside its form, and the form's slot."""

from __future__ import annotations

from rasa_sdk.events import FollowupAction, SlotSet

from actions.boundary import Events, Mouth, Turn, office
from desk.services import resuming
from desk.services.resuming import Wish

FORM, STEP = "check_form", "check_step"
# The slot's value when nothing is left to ask; everything else is kept by the service.
DONE = "done"


def again() -> Events:
    """Let the form ask what is due now."""
    return [SlotSet(STEP, None)]


def take_up(turn: Turn, mouth: Mouth) -> Events | None:
    """Outside of any form: go on with a check that was left, or correct one that has its verdict
    (刚才面积说错了). None if the message is about neither."""
    if turn.asked or turn.pressed or not resuming.may_concern(turn.text, turn.decision):
        return None
    here = office()
    dialogue = turn.decision.kind == "dialogue"
    wish = Wish(turn.conversation, turn.text, dialogue=dialogue, key=turn.key)
    taken = here.database.write(
        lambda session: resuming.take_up(
            session, here.checks, here.shelf, here.words, wish, turn.now
        )
    )
    if taken is None:
        return None
    for reply in taken.replies:
        mouth.say(reply)
    return [*again(), FollowupAction(FORM)] if taken.asks else []
