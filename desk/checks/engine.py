"""The one engine: walks a check's rules with answers. Pure: no clock, no database, no words.

>>> from desk.checks.engine import holds
>>> from desk.checks.schema import Bounds
>>> holds({"area": Bounds(above=100)}, {"area": Decimal(2000)}.get, date(2026, 11, 23))
True
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from desk.checks.schema import (
    UNKNOWN,
    Bounds,
    Branch,
    Check,
    Condition,
    Derived,
    Step,
    Test,
    Value,
    Verdict,
)

Values = Mapping[str, Value]
Lookup = Callable[[str], Value | None]


@dataclass(frozen=True)
class Taken:
    """An answered step and the branch its answer took."""

    step: Step
    value: Value
    branch: Branch


@dataclass(frozen=True)
class Walk:
    """How far the answers lead: the steps taken, then either the step to ask or the verdict."""

    taken: tuple[Taken, ...]
    asks: Step | None
    verdict: Verdict | None


class Engine:
    """A check made ready for walking; build it once, use it from any thread."""

    def __init__(self, check: Check) -> None:
        self.check = check
        self._steps = {step.id: step for step in check.steps}
        self._verdicts = {verdict.id: verdict for verdict in check.verdicts}
        self._derived = {derived.id: derived for derived in check.derived}

    def walk(self, values: Values, today: date) -> Walk:
        """Follow the answers from the first step. Answers off the path are ignored, so that going
        back and forth loses none. ``today`` is the day in Shanghai.

        Raises ``ValueError`` where the rules lead nowhere; ``verify`` proves that they never do.
        """
        facts: dict[str, Value] = {}
        taken: list[Taken] = []
        step = self.check.steps[0]
        while True:
            value = values.get(step.id)
            if value is None:
                return Walk(tuple(taken), step, None)
            facts[step.id] = value
            branch = self._branch(step, facts, today)
            taken.append(Taken(step, value, branch))
            verdict = self._verdicts.get(branch.then)
            if verdict is not None:
                return Walk(tuple(taken), None, verdict)
            step = self._steps[branch.then]
            if step.id in facts:
                raise ValueError(f"a loop at {step.id}")

    def lookup(self, walk: Walk) -> Lookup:
        """The facts of a walk by id, worked-out ones included."""
        facts = {taken.step.id: taken.value for taken in walk.taken}
        return lambda id_: self._fact(id_, facts)

    def changes(self, walk: Walk, values: Values, today: date) -> list[tuple[Taken, Value, Walk]]:
        """What would change a verdict: each single answer of a choice or a yes-or-no question that,
        had it been another, would have ended in another verdict with the other answers as given."""
        found = []
        for taken in walk.taken:
            for other in alternatives(taken.step):
                if other == taken.value:
                    continue
                instead = self.walk({**values, taken.step.id: other}, today)
                if instead.verdict is not None and instead.verdict is not walk.verdict:
                    found.append((taken, other, instead))
        return found

    def _branch(self, step: Step, facts: Values, today: date) -> Branch:
        for branch in step.branches:
            if holds(branch.when, lambda id_: self._fact(id_, facts), today):
                return branch
        raise ValueError(f"{step.id}: no branch for {facts[step.id]}")

    def _fact(self, id_: str, facts: Values) -> Value | None:
        derived = self._derived.get(id_)
        return facts.get(id_) if derived is None else work_out(derived, facts)


def alternatives(step: Step) -> list[Value]:
    """The answers of a question with few of them, unknown left out."""
    if step.kind == "yes_no":
        return [True, False]
    return [option.id for option in step.options]


def work_out(derived: Derived, facts: Values) -> Value | None:
    """A worked-out number; None if none of its parts was asked, unknown if one of them is."""
    plus = [facts[id_] for id_ in derived.plus if id_ in facts]
    minus = [facts[id_] for id_ in derived.minus if id_ in facts]
    if not plus:
        return None
    total = Decimal(0)
    for sign, parts in ((1, plus), (-1, minus)):
        for part in parts:
            if not isinstance(part, Decimal):
                return UNKNOWN
            total += sign * part
    return max(total, Decimal(0)) * (derived.ratio or 1)


def holds(condition: Condition, fact: Lookup, today: date) -> bool:
    """Whether all tests of a condition hold."""
    return all(_passes(test, fact(id_), today) for id_, test in condition.items())


def _passes(test: Test, value: Value | None, today: date) -> bool:
    if isinstance(test, list):
        # True == 1 in Python, but no number is ever compared with a list.
        return value is not None and value in test
    if test.known is not None:
        return (value is not None and value != UNKNOWN) == test.known
    if isinstance(value, Decimal):
        return _number(test, value)
    return isinstance(value, date) and _day(test, value, today)


def _number(test: Bounds, value: Decimal) -> bool:
    return (
        (test.above is None or value > test.above)
        and (test.at_least is None or value >= test.at_least)
        and (test.below is None or value < test.below)
        and (test.at_most is None or value <= test.at_most)
    )


def _day(test: Bounds, value: date, today: date) -> bool:
    return (
        (test.before is None or value < test.before)
        and (test.since is None or value >= test.since)
        and (test.years_ago is None or value <= years_before(today, test.years_ago))
    )


def years_before(day: date, years: int) -> date:
    """The same day some years ago; for 29 February of a common year the day before.

    >>> years_before(date(2028, 2, 29), 2)
    datetime.date(2026, 2, 28)
    """
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def deadline(start: Value | None, days: int) -> date | None:
    """The last day of a time limit that begins the day after ``start``."""
    return start + timedelta(days=days) if isinstance(start, date) else None
