"""Beginning a self-check, going on with one that was left, correcting one that has its verdict."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from desk.checks import moves
from desk.checks.load import Rules
from desk.checks.reading import Change, read_change
from desk.clock import local
from desk.decision import Decision
from desk.knowledge import Shelf
from desk.models import CheckRun
from desk.services import asking, checks, verdicts
from desk.services.checks import WHICH, Checks
from desk.services.reply import Button, Reply
from desk.words import Words

# How long after its verdict a check is what 刚才 refers to.
FRESH = timedelta(minutes=30)


@dataclass(frozen=True)
class Wish:
    """What a visitor wants of checks: of which one (None: the latest), by which button ``move``
    (``change``, ``go_on``) or in which words. ``dialogue``: a bare yes, no or stop. ``key`` is the
    message's, which Rasa shows to the form once more after the check has begun."""

    conversation: str
    text: str
    check: str | None = None
    move: str | None = None
    pressed: bool = False
    dialogue: bool = False
    key: str | None = None


@dataclass(frozen=True)
class Taken:
    """What to say, and whether a question is due afterwards."""

    replies: tuple[Reply, ...]
    asks: bool


def may_concern(text: str, decision: Decision) -> bool:
    """Whether a message outside of any form may be about a check; looks at no database."""
    return decision.kind == "dialogue" or moves.wants_to_go_on(text) or moves.corrects(text)


def begin(
    session: Session, known: Checks, shelf: Shelf, words: Words, wish: Wish, now: datetime
) -> Taken:
    """Begin the check that is wished for, unless the wish is to go on or to correct."""
    rules = checks.rules_of(known, str(wish.check))
    taken = _of_finished(session, rules, shelf, words, wish, now)
    if taken is None and not wish.pressed and moves.wants_to_go_on(wish.text):
        # Of which check is not said; the ranking only guessed.
        taken = take_up(session, known, shelf, words, wish, now)
    if taken is not None:
        return taken
    goes_on = wish.move == "go_on"
    unfinished = checks.latest(
        session, wish.conversation, "running", "paused", check=rules.check.id
    )
    if goes_on and unfinished is not None:
        return _go_on(session, rules, unfinished, words, wish, now)
    text = "" if wish.pressed else wish.text
    run = checks.begin(session, rules, wish.conversation, now, text=text)
    run.last_key = wish.key
    return Taken(tuple(asking.begun(rules, run, words)), asks=True)


def take_up(
    session: Session, known: Checks, shelf: Shelf, words: Words, wish: Wish, now: datetime
) -> Taken | None:
    """Go on with the latest unfinished check, or correct the latest finished one; None if there
    is none that the words fit."""
    unfinished = checks.latest(session, wish.conversation, "running", "paused")
    if unfinished is not None and unfinished.check in known:
        rules = known[unfinished.check]
        if moves.wants_to_go_on(wish.text):
            return _go_on(session, rules, unfinished, words, wish, now)
        if wish.dialogue:
            text = words.phrase("check_unfinished", title=rules.check.title)
            button = Button(
                words.label("check.go_on"), f"check_{unfinished.check}", {"move": "go_on"}
            )
            return Taken((Reply(text, (button,)),), asks=False)
    finished = checks.latest(session, wish.conversation, "done", since=now - FRESH)
    if finished is None or finished.check not in known:
        return None
    return _of_finished(session, known[finished.check], shelf, words, wish, now)


def _go_on(
    session: Session, rules: Rules, run: CheckRun, words: Words, wish: Wish, now: datetime
) -> Taken:
    checks.pause_others(session, run.conversation_id, run, now)
    checks.reopen(run, now)
    run.last_key = wish.key
    said = Reply(words.phrase("check_going_on", title=rules.check.title))
    return Taken((said,), asks=True)


def _of_finished(
    session: Session, rules: Rules, shelf: Shelf, words: Words, wish: Wish, now: datetime
) -> Taken | None:
    """Correct a finished run: by the button on its card, or in words that name a fact of it."""
    presses = wish.move == "change"
    if not presses and (wish.pressed or not moves.corrects(wish.text)):
        return None
    since = None if presses else now - FRESH
    run = checks.latest(session, wish.conversation, "done", check=rules.check.id, since=since)
    if run is None:
        return None
    if presses:
        checks.pause_others(session, wish.conversation, run, now)
        checks.reopen(run, now, WHICH)
        run.last_key = wish.key
        return Taken((), asks=True)
    answered = [taken.step for taken in checks.walk(rules, run, now).taken]
    change = read_change(answered, wish.text, local(now).date())
    if change is None:
        return None
    checks.pause_others(session, wish.conversation, run, now)
    checks.reopen(run, now)
    run.last_key = wish.key
    return _changed(session, rules, shelf, words, run, change, now)


def _changed(
    session: Session,
    rules: Rules,
    shelf: Shelf,
    words: Words,
    run: CheckRun,
    change: Change,
    now: datetime,
) -> Taken:
    if change.said is None:
        checks.clear(run, change.step, now)
        return Taken((), asks=True)
    taken = checks.answer(rules, run, change.step, change.said, now)
    told = words.phrase("check_changed", facts=asking.listed([(change.step, taken)], words))
    if checks.walk(rules, run, now).verdict is None:
        return Taken((Reply(told),), asks=True)
    verdict = verdicts.finish(session, rules, shelf, words, run, now)
    return Taken((Reply(told), verdicts.reply(verdict, words)), asks=False)
