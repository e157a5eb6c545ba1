"""Questions: answer, ask back, refuse; pressed topic buttons."""

from __future__ import annotations

from rasa_sdk import Action

from actions.boundary import Events, Mouth, Turn, guarded, office
from actions.resuming import take_up
from desk.services import answering
from desk.services.answering import Question
from desk.services.reply import Reply


def question(turn: Turn) -> Question:
    """The turn as a question to the desk."""
    return Question(
        conversation=turn.conversation,
        text=turn.text,
        decision=turn.decision,
        key=turn.key,
        aspect=turn.entities.get("aspect"),
    )


def reply_to(turn: Turn) -> Reply:
    """Answer and log in one transaction."""
    here = office()
    return here.database.write(
        lambda session: answering.answer(session, here.shelf, here.words, question(turn), turn.now)
    )


def say_also(turn: Turn, mouth: Mouth) -> None:
    """Answer what a message asks beside the task it starts or the topic it is about first."""
    if not turn.decision.also:
        return
    here = office()
    replies = here.database.write(
        lambda session: answering.answer_also(
            session, here.shelf, here.words, question(turn), turn.now
        )
    )
    for reply in replies:
        mouth.say(reply)


class ActionAnswer(Action):
    def name(self) -> str:
        return "action_answer"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        taken_up = take_up(turn, mouth)
        if taken_up is not None:
            return taken_up
        mouth.say(reply_to(turn))
        say_also(turn, mouth)
        return []
