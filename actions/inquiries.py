"""Leaving a question to staff, and asking what became of it."""

from __future__ import annotations

from dataclasses import replace

from rasa_sdk import Action

from actions.answering import question, say_also
from actions.boundary import Events, Mouth, Turn, guarded, office
from actions.resuming import STEP
from desk.services import answering, inquiries, verdicts
from desk.services.reply import Button, Reply

# A wish for a person in so few characters holds no question of its own.
_BARE_CHARACTERS = 8


class ActionHuman(Action):
    """Registers the visitor's question for a person and says the receipt number."""

    def name(self) -> str:
        return "action_human"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        say_also(turn, mouth)
        here, verdict = office(), turn.entities.get("verdict")
        if verdict:
            mouth.say(
                here.database.write(
                    lambda session: verdicts.leave(
                        *(session, here.shelf, here.words, str(verdict)),
                        *(turn.conversation, turn.key, turn.now),
                    )
                )
            )
            return []
        if turn.asked == STEP:
            left = here.database.write(
                lambda session: verdicts.leave_unfinished(
                    session, here.checks, here.shelf, here.words, question(turn), turn.now
                )
            )
            if left is not None:
                mouth.say(left)
                return []
        bare = turn.pressed or len(turn.text) <= _BARE_CHARACTERS
        asked = replace(question(turn), bare=bare)
        mouth.say(
            here.database.write(
                lambda session: answering.hand_over(
                    session, here.shelf, here.words, asked, turn.now
                )
            )
        )
        return []


class ActionInquiryStatus(Action):
    """Says what became of the questions this conversation left to staff."""

    def name(self) -> str:
        return "action_inquiry_status"

    @guarded
    def run(self, turn: Turn, mouth: Mouth) -> Events:
        say_also(turn, mouth)
        here = office()
        words = here.words
        found = here.database.read(lambda s: inquiries.of_conversation(s, turn.conversation))
        lines = [
            words.phrase(
                "inquiry_answered" if inquiry.reply else "inquiry_open",
                code=inquiry.code,
                day=words.day(inquiry.created_at),
                reply=inquiry.reply,
            )
            for inquiry in found
        ]
        text = "\n".join(lines) or words.phrase("no_inquiries")
        mouth.say(Reply(text, () if lines else (Button(words.label("task.human"), "human"),)))
        return []
