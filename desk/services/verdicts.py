"""What a self-check ends in: stored, told, looked up, left to staff."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.checks.load import Rules
from desk.codes import VERDICT, new_code
from desk.contacts import MOST_SUBJECT, clean
from desk.errors import VerdictNotFound
from desk.knowledge import Shelf
from desk.models import CheckRun, Verdict
from desk.services import cards, checks, inquiries
from desk.services.answering import Question
from desk.services.asking import shown
from desk.services.checks import Checks
from desk.services.reply import Button, Reply
from desk.words import Words

PAGES = "/verdicts"


def finish(
    session: Session, rules: Rules, shelf: Shelf, words: Words, run: CheckRun, now: datetime
) -> Verdict:
    """Store the verdict that a run's answers lead to, and close the run; the same answers by the
    same rules give the verdict that is already there.

    Raises ``VerdictNotFound`` where a question is still open.
    """
    walk = checks.walk(rules, run, now)
    if walk.verdict is None:
        raise VerdictNotFound()
    shape = cards.card(rules, shelf, words, run, walk, now)
    checks.close(run, now)
    before = _last_of(session, run)
    if before is not None and _same(before.card, shape):
        return before
    code, key = new_code(VERDICT), secrets.token_urlsafe(24)
    verdict = Verdict(
        code=code,
        key=key,
        run_id=run.id,
        conversation_id=run.conversation_id,
        check=run.check,
        version=rules.version,
        outcome=walk.verdict.outcome,
        card=shape | {"code": code, "url": f"{PAGES}/{key}"},
        created_at=now,
    )
    session.add(verdict)
    session.flush()
    return verdict


def _last_of(session: Session, run: CheckRun) -> Verdict | None:
    return session.scalar(
        select(Verdict).where(Verdict.run_id == run.id).order_by(Verdict.id.desc()).limit(1)
    )


def _same(before: dict[str, Any], shape: dict[str, Any]) -> bool:
    """Whether nothing differs but the moment and what identifies a verdict."""
    return all(before.get(name) == value for name, value in shape.items() if name != "at")


def reply(verdict: Verdict, words: Words) -> Reply:
    """The verdict as a message, with what can be done about it."""
    shape = verdict.card
    text = words.phrase("verdict", outcome=shape["label"], headline=shape["headline"])
    named = {"verdict": verdict.code}
    buttons = (
        Button(words.label("check.change"), f"check_{verdict.check}", {"move": "change"}),
        Button(words.label("check.book"), "book", named),
        Button(words.label("leave_it"), "human", named),
    )
    return Reply(f"{text}\n{shape['text']}", buttons, verdict=shape)


def record_of(verdict: Verdict, words: Words) -> str:
    """A verdict with its facts in one paragraph: for staff, and as the subject of a visit."""
    shape = verdict.card
    facts = words.label("list.facts").join(
        words.phrase("check_fact", label=step["label"], value=step["answer"])
        for step in shape["steps"]
    )
    return words.phrase(
        "verdict_record",
        title=shape["title"],
        outcome=shape["label"],
        headline=shape["headline"],
        code=verdict.code,
        facts=facts,
    )


def subject_of(session: Session, words: Words, code: str, conversation: str) -> str:
    """The subject of a visit about a verdict, cut to what a booking takes."""
    return clean(record_of(of_visitor(session, code, conversation), words))[:MOST_SUBJECT]


def leave(
    session: Session,
    shelf: Shelf,
    words: Words,
    code: str,
    conversation: str,
    key: str | None,
    now: datetime,
) -> Reply:
    """Register a verdict with its facts for a person; a second time tells the same receipt."""
    verdict = of_visitor(session, code, conversation)
    before = verdict.inquiry is not None
    if verdict.inquiry is None:
        text = record_of(verdict, words)
        verdict.inquiry = _register(session, shelf, verdict.check, conversation, key, text, now)
    return Reply(
        words.phrase("verdict_left_before" if before else "verdict_left", code=verdict.inquiry),
        (Button(words.label("check.book"), "book", {"verdict": verdict.code}),),
        inquiry=verdict.inquiry,
    )


def leave_unfinished(
    session: Session, known: Checks, shelf: Shelf, words: Words, wish: Question, now: datetime
) -> Reply | None:
    """Register a check that is not finished for a person, with what was answered so far and what
    the visitor said; None if nothing was answered."""
    run = checks.latest(session, wish.conversation, "running")
    if run is None or not run.answers or run.check not in known:
        return None
    rules = known[run.check]
    taken = checks.walk(rules, run, now).taken
    facts = words.label("list.facts").join(
        words.phrase("check_fact", label=t.step.label, value=shown(run, t.step, t.value, words))
        for t in taken
    )
    text = words.phrase("check_record", title=rules.check.title, facts=facts, said=wish.text)
    code = _register(session, shelf, run.check, wish.conversation, wish.key, text, now)
    return Reply(
        words.phrase("handed_over", code=code),
        (Button(words.label("task.book"), "book"),),
        inquiry=code,
    )


def _register(
    session: Session,
    shelf: Shelf,
    check: str,
    conversation: str,
    key: str | None,
    text: str,
    now: datetime,
) -> str:
    """An open inquiry about a check; its receipt number."""
    return inquiries.record(
        session,
        conversation=conversation,
        key=key,
        text=text,
        kind="task",
        topic=f"task.check_{check}",
        confidence=1.0,
        candidates=[],
        knowledge_version=shelf.version,
        status="open",
        now=now,
    ).code


def of_visitor(session: Session, code: str, conversation: str) -> Verdict:
    """A verdict of this conversation; raises ``VerdictNotFound``."""
    verdict = session.scalar(
        select(Verdict).where(Verdict.code == code, Verdict.conversation_id == conversation)
    )
    if verdict is None:
        raise VerdictNotFound()
    return verdict


def by_key(session: Session, key: str) -> Verdict:
    """The verdict whose page a visitor opens; raises ``VerdictNotFound``."""
    verdict = session.scalar(select(Verdict).where(Verdict.key == key))
    if verdict is None:
        raise VerdictNotFound()
    return verdict


def by_code(session: Session, code: str) -> Verdict:
    """The verdict of a code, for staff; raises ``VerdictNotFound``."""
    verdict = session.scalar(select(Verdict).where(Verdict.code == code))
    if verdict is None:
        raise VerdictNotFound()
    return verdict


def of_conversation(session: Session, conversation: str) -> Sequence[Verdict]:
    """All verdicts of a conversation, latest first."""
    return session.scalars(
        select(Verdict).where(Verdict.conversation_id == conversation).order_by(Verdict.id.desc())
    ).all()
