"""Running a self-check: begin, answer, back, change, stop, go on. Its state is kept here and not in
Rasa's slots, so that it outlives a session; a conversation is at one check at a time."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from desk.checks.answers import decode_all, encode
from desk.checks.engine import Walk
from desk.checks.load import Rules
from desk.checks.reading import Said, read_named
from desk.checks.schema import UNKNOWN, Step, Value
from desk.clock import local
from desk.errors import DayUnclear, UnknownCheck
from desk.models import CheckRun

# Questions about the run itself, where ``CheckRun.asking`` has no step.
RESUME, WHICH = "?resume", "?which"

Checks = Mapping[str, Rules]


def rules_of(checks: Checks, id_: str) -> Rules:
    """The rules of a check; raises ``UnknownCheck``."""
    if id_ not in checks:
        raise UnknownCheck()
    return checks[id_]


def begin(
    session: Session, rules: Rules, conversation: str, now: datetime, *, text: str = ""
) -> CheckRun:
    """Begin a check, or ask whether to go on with one that was left. Any other is paused. Amounts
    that the wish itself named (tonnes of COD, say) count as answered."""
    unfinished = latest(session, conversation, "running", "paused", check=rules.check.id)
    pause_others(session, conversation, unfinished, now)
    if unfinished is not None and unfinished.answers:
        unfinished.state, unfinished.asking, unfinished.updated_at = "running", RESUME, now
        return unfinished
    if unfinished is not None:
        unfinished.state = "dropped"
    return _new(session, rules, conversation, now, read_named(rules.check.steps, text))


def again(session: Session, rules: Rules, run: CheckRun, now: datetime) -> CheckRun:
    """Begin anew; what was answered is given up."""
    run.state, run.updated_at = "dropped", now
    return _new(session, rules, run.conversation_id, now, {})


def _new(
    session: Session, rules: Rules, conversation: str, now: datetime, said: Mapping[str, Said]
) -> CheckRun:
    run = CheckRun(
        conversation_id=conversation,
        check=rules.check.id,
        version=rules.version,
        answers={id_: encode(value) for id_, value in said.items()},
        state="running",
        started_at=now,
        updated_at=now,
    )
    session.add(run)
    session.flush()
    return run


def latest(
    session: Session,
    conversation: str,
    *states: str,
    check: str | None = None,
    since: datetime | None = None,
) -> CheckRun | None:
    """The conversation's latest run in one of some states."""
    query = select(CheckRun).where(
        CheckRun.conversation_id == conversation, CheckRun.state.in_(states)
    )
    if check is not None:
        query = query.where(CheckRun.check == check)
    if since is not None:
        query = query.where(CheckRun.updated_at >= since)
    return session.scalar(query.order_by(CheckRun.id.desc()).limit(1))


def values_of(rules: Rules, run: CheckRun) -> dict[str, Value]:
    """The answers of a run that fit the rules as they are."""
    return decode_all(rules.check.steps, run.answers)


def walk(rules: Rules, run: CheckRun, now: datetime) -> Walk:
    """How far a run's answers lead."""
    return rules.walk(values_of(rules, run), local(now).date())


def answer(rules: Rules, run: CheckRun, step: Step, said: Said, now: datetime) -> Said:
    """Take an answer to a step, a new one or in place of an earlier one; what was taken.

    Raises ``DayUnclear`` where only a month or a year was said and the rules need to know better.
    """
    taken = said if said.last is None else _settled(rules, run, step, said, local(now).date())
    run.answers = {**run.answers, step.id: encode(taken)}
    run.asking, run.updated_at = None, now
    return taken


def _settled(rules: Rules, run: CheckRun, step: Step, said: Said, today: date) -> Said:
    """A rough day is taken for its last one, if its first one would lead the same way and nothing
    is counted from it."""
    values = values_of(rules, run)
    ways = []
    for day in (said.value, said.last):
        taken = rules.walk({**values, step.id: day or UNKNOWN}, today).taken
        ways.append(next((t.branch for t in taken if t.step.id == step.id), None))
    counted = any(deadline.start == step.id for deadline in rules.check.deadlines)
    if said.last is None or counted or ways[0] is not ways[1]:
        raise DayUnclear()
    return Said(said.last, about=True)


def back(rules: Rules, run: CheckRun, now: datetime) -> Step | None:
    """Take the last answer back, so that its step is asked again; None at the first one."""
    taken = walk(rules, run, now).taken
    run.asking = None
    if not taken:
        return None
    return clear(run, taken[-1].step, now)


def clear(run: CheckRun, step: Step, now: datetime) -> Step:
    """Have a step asked again; answers after it are kept and count if they are still on the way."""
    run.answers = {id_: value for id_, value in run.answers.items() if id_ != step.id}
    run.asking, run.updated_at = None, now
    return step


def reopen(run: CheckRun, now: datetime, asking: str | None = None) -> None:
    """Take a stopped or finished run up again."""
    run.state, run.asking, run.updated_at = "running", asking, now


def stop(run: CheckRun, now: datetime) -> None:
    """Leave a run; it can be taken up again in the same conversation."""
    run.state, run.asking, run.updated_at = "paused", None, now


def close(run: CheckRun, now: datetime) -> None:
    """Mark a run as ended in a verdict."""
    run.state, run.asking, run.updated_at = "done", None, now


def pause_others(session: Session, conversation: str, but: CheckRun | None, now: datetime) -> None:
    """Leave whatever else the conversation is at."""
    for run in session.scalars(
        select(CheckRun).where(
            CheckRun.conversation_id == conversation, CheckRun.state == "running"
        )
    ):
        if run is not but:
            stop(run, now)
