"""The answer to an offered seat: by its button, or a plain yes or no when nothing else runs."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action
from sqlalchemy.orm import Session

from actions.answering import reply_to
from actions.appointments import CODE
from actions.booking import facts_of
from actions.boundary import Events, Mouth, Turn, guarded, office
from desk.errors import OfferGone
from desk.models import Appointment
from desk.services import booking, waitlist
from desk.services.reply import Button, Reply


class ActionAnswerOffer(Action):
    """Takes or leaves a kept seat. Without one, a yes or no means what it meant before."""

    def name(self) -> str:
        return "action_answer_offer"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        here, words = office(), office().words
        code, accepted = _meant(turn)
        if code is None:
            mouth.say(reply_to(turn))
            return []

        def work(session: Session) -> tuple[dict[str, Any], str]:
            return facts_of(_answer(session, turn, code, accepted))

        public, opening = here.database.write(work)
        facts = {**public, "opening": opening}
        if accepted:
            lookup = (Button(words.label("task.lookup"), "lookup"),)
            mouth.say(Reply(words.phrase("booked", **facts), lookup, appointment=public))
        else:
            mouth.say(Reply(words.phrase("declined", **facts), appointment=public))
        return []


def _meant(turn: Turn) -> tuple[str | None, bool]:
    """Which appointment is answered, and how."""
    if turn.intent == "answer_offer":
        return str(turn.entities[CODE]), bool(turn.entities.get("accepted"))
    found = office().database.read(
        lambda session: [a.code for a in waitlist.offered(session, turn.conversation, turn.now)]
    )
    return (found[0] if len(found) == 1 else None), turn.intent == "affirm"


def _answer(session: Session, turn: Turn, code: str, accepted: bool) -> Appointment:
    here = office()
    found = booking.find(session, code, conversation=turn.conversation)
    if accepted:
        return waitlist.accept(session, here.reception, found, turn.now)
    if found.status != "held":
        raise OfferGone()
    return booking.cancel(session, here.reception, found, turn.now)
