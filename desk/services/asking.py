"""What a self-check says: its beginning, its questions with their buttons, its facts in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from desk.checks.answers import in_words
from desk.checks.load import Rules
from desk.checks.reading import Said
from desk.checks.schema import UNKNOWN, Step, Value
from desk.models import CheckRun
from desk.services import checks
from desk.services.checks import RESUME, WHICH, Checks
from desk.services.reply import Button, Reply
from desk.words import Words


def begun(rules: Rules, run: CheckRun, words: Words) -> list[Reply]:
    """What a check says before its first question; nothing when it may be taken up again."""
    if run.asking is not None:
        return []
    replies = [Reply(rules.check.intro)]
    values = checks.values_of(rules, run)
    if values:
        said = [(s, Said(values[s.id])) for s in rules.check.steps if s.id in values]
        replies.append(Reply(words.phrase("check_prefilled", facts=listed(said, words))))
    return replies


def due(
    session: Session, known: Checks, words: Words, conversation: str, now: datetime
) -> Reply | None:
    """The question that the conversation's running check asks now; None if there is none."""
    run = checks.latest(session, conversation, "running")
    if run is None:
        return None
    return question(checks.rules_of(known, run.check), run, words, now)


def question(rules: Rules, run: CheckRun, words: Words, now: datetime) -> Reply | None:
    """The question that is due, with its buttons; None when the verdict is."""
    walk = checks.walk(rules, run, now)

    def button(title: str, **arguments: Any) -> Button:
        return Button(title, "inform", {"check": run.check, **arguments})

    if run.asking == RESUME:
        text = words.phrase("check_resume", title=rules.check.title, count=len(walk.taken))
        go_on = button(words.label("check.go_on"), move="go_on")
        return Reply(text, (go_on, button(words.label("check.again"), move="again")))
    if run.asking == WHICH:
        facts = [
            button(
                words.phrase(
                    "check_fact", label=t.step.label, value=shown(run, t.step, t.value, words)
                ),
                step=t.step.id,
            )
            for t in walk.taken
        ]
        keep = button(words.label("check.keep"), move="go_on")
        return Reply(words.phrase("check_which"), (*facts, keep))
    step = walk.asks
    if step is None:
        return None
    choices = [button(title, step=step.id, value=value) for title, value in _choices(step, words)]
    more = [button(words.label("check.why"), move="why")]
    if walk.taken:
        more.append(button(words.label("check.back"), move="back"))
    more.append(Button(words.label("check.stop"), "leave"))
    text = words.phrase("check_ask", number=len(walk.taken) + 1, question=step.ask)
    return Reply(text, (*choices, *more))


def _choices(step: Step, words: Words) -> list[tuple[str, Any]]:
    """Titles and values of the answers that have a button; not to know is always one."""
    found: list[tuple[str, Any]] = [(option.title, option.id) for option in step.options]
    if step.kind == "yes_no":
        found = [(words.label("check.yes"), True), (words.label("check.no"), False)]
    found += [(quick.title, str(quick.value)) for quick in step.quick]
    return [*found, (words.label("check.unknown"), UNKNOWN)]


def shown(run: CheckRun, step: Step, value: Value, words: Words) -> str:
    """A run's answer as people read it."""
    about = bool(run.answers.get(step.id, {}).get("about"))
    return in_words(step, value, words, about)


def listed(said: Iterable[tuple[Step, Said]], words: Words) -> str:
    """Facts in one line."""
    return words.label("list.facts").join(
        words.phrase(
            "check_fact", label=step.label, value=in_words(step, one.value, words, one.about)
        )
        for step, one in said
    )
