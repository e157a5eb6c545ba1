"""Guided self-checks: begin or take up, read answers, ask, tell the verdict."""

from __future__ import annotations

from rasa_sdk import Action
from rasa_sdk.events import FollowupAction, SlotSet
from sqlalchemy.orm import Session

from actions.answering import question, say_also
from actions.boundary import Events, Mouth, Turn, guarded, office
from actions.resuming import DONE, FORM, STEP, again
from desk.errors import VerdictNotFound
from desk.services import answering, asking, checking, checks, resuming, verdicts
from desk.services.checking import Told
from desk.services.reply import Reply
from desk.services.resuming import Taken, Wish


class ActionBeginCheck(Action):
    """Begins the check of the intent, or takes one up that was left or finished."""

    def name(self) -> str:
        return "action_begin_check"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        say_also(turn, mouth)
        here = office()
        wish = Wish(
            turn.conversation,
            turn.text,
            check=turn.intent.removeprefix("task_check_"),
            move=turn.entities.get("move"),
            pressed=turn.pressed,
            key=turn.key,
        )

        def work(session: Session) -> Taken:
            if not turn.pressed:
                answering.note(session, here.shelf, question(turn), turn.now)
            return resuming.begin(session, here.checks, here.shelf, here.words, wish, turn.now)

        taken = here.database.write(work)
        for reply in taken.replies:
            mouth.say(reply)
        # With a verdict told there is nothing to ask, and the form that would follow is left out.
        return again() if taken.asks else [*again(), FollowupAction("action_listen")]


class ValidateCheckForm(Action):
    """Reads a message to the check. No slot set means: no answer, let the rules decide."""

    def name(self) -> str:
        return "validate_check_form"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        if not turn.asked:
            return []
        here = office()
        told = Told(
            turn.text,
            turn.decision,
            key=turn.key,
            pressed=turn.entities if turn.intent == "inform" else None,
            stops=turn.pressed and turn.intent == "stop",
        )
        if turn.pressed and turn.intent not in {"inform", "stop"}:
            return []
        heard = here.database.write(
            lambda session: checking.take(
                session, here.checks, here.shelf, here.words, turn.conversation, told, turn.now
            )
        )
        if heard is None:
            return []
        for reply in heard.replies:
            mouth.say(reply)
        if heard.left:
            return [*again(), SlotSet("requested_slot", None)]
        return [SlotSet(STEP, DONE)] if heard.done else again()


class ActionAskCheckStep(Action):
    def name(self) -> str:
        return "action_ask_check_step"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        here = office()
        reply = here.database.read(
            lambda session: asking.due(
                session, here.checks, here.words, turn.conversation, turn.now
            )
        )
        if reply is None:  # nothing to ask: the form closes, and a verdict that is due is told
            return [SlotSet(STEP, DONE), FollowupAction(FORM)]
        mouth.say(reply)
        return []


class ActionCheckVerdict(Action):
    """Tells the verdict of the check that has just been answered; silent when it was left."""

    def name(self) -> str:
        return "action_check_verdict"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        here = office()

        def work(session: Session) -> Reply | None:
            run = checks.latest(session, turn.conversation, "running")
            if run is None:
                return None
            rules = checks.rules_of(here.checks, run.check)
            if checks.walk(rules, run, turn.now).verdict is None:
                return None
            stored = verdicts.finish(session, rules, here.shelf, here.words, run, turn.now)
            return verdicts.reply(stored, here.words)

        reply = here.database.write(work) if turn.slots.get(STEP) == DONE else None
        if reply is not None:
            mouth.say(reply)
        return again()


def subject(turn: Turn) -> Events:
    """The booking form's subject, where a visit is booked from a verdict."""
    code = turn.entities.get("verdict")
    if not code:
        return []
    here = office()
    try:
        told = here.database.read(
            lambda session: verdicts.subject_of(session, here.words, str(code), turn.conversation)
        )
    except VerdictNotFound:  # then the form asks
        return []
    return [SlotSet("subject", told)]
