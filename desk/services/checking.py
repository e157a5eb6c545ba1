"""A self-check in conversation: asks its questions, and tells answers from everything else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from desk.checks import moves
from desk.checks.answers import decode
from desk.checks.engine import Walk
from desk.checks.load import Rules
from desk.checks.reading import Said, asks_something, read, read_change, read_named
from desk.checks.schema import Step
from desk.clock import local
from desk.decision import Decision
from desk.errors import AmountUnclear, ChoiceUnclear, DayUnclear, DeskError, TaskRunning
from desk.knowledge import Shelf
from desk.models import CheckRun
from desk.services import asking, checks, citations
from desk.services.checks import RESUME, WHICH, Checks
from desk.services.intake import CERTAIN
from desk.services.reply import Button, Reply
from desk.utterance import says_yes
from desk.words import Words

# Wishes that the dialogue's rules carry out in the middle of a check.
_FOR_THE_RULES = ("task.human", "task.book", "task.check_")


@dataclass(frozen=True)
class Told:
    """A visitor's message to a running check. ``pressed`` are the arguments of a check's button;
    ``stops`` is the button that leaves; ``key`` identifies the message."""

    text: str
    decision: Decision
    key: str | None = None
    pressed: Mapping[str, Any] | None = None
    stops: bool = False


@dataclass(frozen=True)
class Heard:
    """What came of a message: what to say to it, and whether the check has its verdict or was
    left. Neither: the next question is due."""

    replies: tuple[Reply, ...] = ()
    done: bool = False
    left: bool = False


@dataclass(frozen=True)
class Move:
    """A message understood: ``answer`` (with ``said`` by step), ``change`` (the same, of an earlier
    step), ``clear`` (ask ``step`` again), ``which``, ``back``, ``why``, ``again``, ``go_on``,
    ``stop``, or ``error``."""

    kind: str
    step: Step | None = None
    said: Mapping[str, Said] = field(default_factory=dict)
    error: DeskError | None = None


def take(
    session: Session,
    known: Checks,
    shelf: Shelf,
    words: Words,
    conversation: str,
    told: Told,
    now: datetime,
) -> Heard | None:
    """Take a message to the conversation's running check; None if it is none of its business, so
    that the dialogue answers it and the check asks again. The same message counts once."""
    run = checks.latest(session, conversation, "running")
    if run is None:
        return None
    rules = checks.rules_of(known, run.check)
    renewed = run.version != rules.version
    if told.key is not None and run.last_key == told.key:
        return Heard(done=_ended(rules, run, now))
    move = _understand(rules, run, told, now)
    if move is None:
        return None
    run.last_key, run.version = told.key, rules.version
    try:
        replies = _carry_out(session, rules, shelf, words, run, move, told, now)
    except DeskError as error:
        replies = [Reply(words.error(error))]
    if renewed:
        replies.insert(0, Reply(words.phrase("check_same_rules")))
    current = checks.latest(session, conversation, "running")
    if current is None:
        return Heard(tuple(replies), left=True)
    return Heard(tuple(replies), done=_ended(rules, current, now))


def _ended(rules: Rules, run: CheckRun, now: datetime) -> bool:
    return run.asking is None and checks.walk(rules, run, now).verdict is not None


def _understand(rules: Rules, run: CheckRun, told: Told, now: datetime) -> Move | None:
    if told.stops:
        return Move("stop")
    walk = checks.walk(rules, run, now)
    if told.pressed is not None:
        return _of_button(rules, run, told.pressed)
    text, decision = told.text, told.decision
    for wants, kind in ((moves.wants_back, "back"), (moves.asks_why, "why")):
        if wants(text):
            return Move(kind)
    for wants, kind in ((moves.wants_again, "again"), (moves.wants_to_go_on, "go_on")):
        if wants(text):
            return Move(kind)
    stops = decision.topic == "stop" and decision.confidence >= CERTAIN
    if moves.wants_to_stop(text) or (stops and not asks_something(text)):
        return Move("stop")
    move = _of_words(rules, run, walk, text, now)
    if move is not None:
        return move
    if _elsewhere(text, decision):
        task = decision.kind == "task" and not decision.topic.startswith(_FOR_THE_RULES)
        return Move("error", error=TaskRunning()) if task else None
    return Move("error", error=_unclear(walk.asks if run.asking is None else None))


def _of_button(rules: Rules, run: CheckRun, pressed: Mapping[str, Any]) -> Move:
    step = rules.check.step(str(pressed.get("step")))
    if pressed.get("check") not in {None, run.check}:
        return Move("error", error=ChoiceUnclear())
    if pressed.get("move"):
        return Move(str(pressed["move"]))
    if step is None:
        return Move("error", error=ChoiceUnclear())
    if "value" not in pressed:
        return Move("clear", step)
    value = decode(step, pressed)
    if value is None:
        return Move("error", error=_unclear(step))
    return Move("answer", step, {step.id: Said(value)})


def _of_words(rules: Rules, run: CheckRun, walk: Walk, text: str, now: datetime) -> Move | None:
    today = local(now).date()
    answered = [taken.step for taken in walk.taken]
    change = read_change(answered, text, today)
    if change is not None:
        said = {change.step.id: change.said} if change.said else {}
        return Move("change" if said else "clear", change.step, said)
    if run.asking == WHICH:
        return _which(answered, text)
    if run.asking == RESUME:
        return Move("go_on") if says_yes(text) else None
    if asks_something(text):
        return None
    named = read_named(rules.check.steps, text)
    if named:
        return Move("answer", None, named)
    step = walk.asks
    found = read(step, text, today) if step is not None else None
    return Move("answer", step, {step.id: found}) if step is not None and found else None


def _which(answered: list[Step], text: str) -> Move | None:
    """The step that is named to be changed."""
    named = [step for step in answered for name in (*step.names, step.label) if name in text]
    return Move("clear", named[0]) if named else None


def _elsewhere(text: str, decision: Decision) -> bool:
    """Whether a message that is no answer is something the dialogue should deal with."""
    if asks_something(text):
        return True
    sure = decision.confidence >= CERTAIN
    return sure and decision.kind in {"answer", "task", "smalltalk"}


def _unclear(step: Step | None) -> DeskError:
    if step is not None and step.kind == "number":
        return AmountUnclear(unit=step.unit)
    return DayUnclear() if step is not None and step.kind == "date" else ChoiceUnclear()


def _carry_out(
    session: Session,
    rules: Rules,
    shelf: Shelf,
    words: Words,
    run: CheckRun,
    move: Move,
    told: Told,
    now: datetime,
) -> list[Reply]:
    if move.error is not None:
        return [Reply(words.error(move.error))]
    if move.said:
        taken = [
            (step, checks.answer(rules, run, step, move.said[step.id], now))
            for step in rules.check.steps
            if step.id in move.said
        ]
        if told.pressed is not None:
            return []
        facts, changed = asking.listed(taken, words), move.kind == "change"
        return [Reply(words.phrase("check_changed" if changed else "check_noted", facts=facts))]
    if move.kind == "clear" and move.step is not None:
        checks.clear(run, move.step, now)
    elif move.kind == "change":
        checks.reopen(run, now, WHICH)
    elif move.kind == "back":
        if checks.back(rules, run, now) is None:
            return [Reply(words.phrase("check_first"))]
    elif move.kind == "again":
        checks.again(session, rules, run, now).last_key = told.key
    elif move.kind == "go_on":
        run.asking = None
    elif move.kind == "stop":
        checks.stop(run, now)
        go_on = Button(words.label("check.go_on"), f"check_{run.check}", {"move": "go_on"})
        return [Reply(words.phrase("check_stopped"), (go_on,))]
    elif move.kind == "why":
        return _why(rules, shelf, run, now)
    return []


def _why(rules: Rules, shelf: Shelf, run: CheckRun, now: datetime) -> list[Reply]:
    step = checks.walk(rules, run, now).asks
    if step is None or run.asking is not None:
        return []
    text = step.why if step.missing is None else f"{step.why}\n{step.missing}"
    checked_on = rules.check.checked_on
    cited = tuple(citations.public(shelf, one, checked_on, now) for one in step.citations)
    return [Reply(text, (), cited)]
