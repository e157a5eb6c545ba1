"""Every path through a check, found by trying all answers that can make a difference.

Numbers and days have endless answers, but the rules look only at a few bounds: one value on each
side of every bound stands for all. Paths whose earlier answers no later rule looks at are one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from desk.checks.engine import Engine, alternatives, holds, work_out, years_before
from desk.checks.schema import UNKNOWN, Bounds, Check, Condition, Step, Value, Verdict

Facts = dict[str, Value]


@dataclass
class Exploration:
    """All that was found: complete paths (``ends``: answers and verdict), branches taken by step,
    states no branch holds in, and loops."""

    ends: list[tuple[Facts, Verdict]] = field(default_factory=list)
    taken: set[tuple[str, int]] = field(default_factory=set)
    stuck: list[tuple[Step, Facts]] = field(default_factory=list)
    loops: list[list[str]] = field(default_factory=list)
    reached: set[str] = field(default_factory=set)


def explore(check: Check, today: date) -> Exploration:
    """Try every path. Targets must exist; loops end where they close."""
    return _Explorer(check, today).run()


class _Explorer:
    def __init__(self, check: Check, today: date) -> None:
        self._check, self._today = check, today
        self._engine = Engine(check)
        self._derived = {derived.id: derived for derived in check.derived}
        self._later = {step.id: self._reachable(step.id) for step in check.steps}
        self._looks = {step.id: self._looked_at(step.id) for step in check.steps}
        self._values = {step.id: representatives(check, step, today) for step in check.steps}
        self._seen: set[tuple[str, Any]] = set()
        self.found = Exploration()

    def run(self) -> Exploration:
        self._visit(self._check.steps[0], {}, [])
        return self.found

    def _visit(self, step: Step, facts: Facts, trail: list[str]) -> None:
        if step.id in trail:
            self.found.loops.append([*trail[trail.index(step.id) :], step.id])
            return
        state = (step.id, self._signature(step, facts))
        if state in self._seen:
            return
        self._seen.add(state)
        self.found.reached.add(step.id)
        for value in self._values[step.id]:
            now = {**facts, step.id: value}
            place = self._branch(step, now)
            if place is None:
                self.found.stuck.append((step, now))
                continue
            self.found.taken.add((step.id, place))
            target = step.branches[place].then
            verdict = self._check.verdict(target)
            if verdict is not None:
                self.found.reached.add(target)
                self.found.ends.append((now, verdict))
                continue
            following = self._check.step(target)
            assert following is not None, target
            self._visit(following, now, [*trail, step.id])

    def _branch(self, step: Step, facts: Facts) -> int | None:
        for place, branch in enumerate(step.branches):
            if holds(branch.when, lambda id_: self._fact(id_, facts), self._today):
                return place
        return None

    def _fact(self, id_: str, facts: Facts) -> Value | None:
        derived = self._derived.get(id_)
        return facts.get(id_) if derived is None else work_out(derived, facts)

    def _signature(self, step: Step, facts: Facts) -> Any:
        """What later rules can still see of the answers so far."""
        seen: dict[str, Any] = {}
        for id_ in self._looks[step.id]:
            derived = self._derived.get(id_)
            if derived is None:
                seen[id_] = facts.get(id_)
                continue
            parts = [*derived.plus, *derived.minus]
            if any(part in self._later[step.id] for part in parts):
                seen |= {part: facts.get(part) for part in parts}
            else:
                seen[id_] = self._class(id_, work_out(derived, facts))
        return tuple(sorted((id_, repr(value)) for id_, value in seen.items()))

    def _class(self, id_: str, value: Value | None) -> Any:
        """A worked-out number by the bounds it satisfies."""
        if not isinstance(value, Decimal):
            return value
        bounds = [t for _, c in conditions_of(self._check) for n, t in c.items() if n == id_]
        return tuple(holds({id_: test}, lambda _: value, self._today) for test in bounds)

    def _reachable(self, start: str) -> set[str]:
        """The steps that can be asked from here on, this one included."""
        found: set[str] = set()
        waiting = [start]
        while waiting:
            step = self._check.step(waiting.pop())
            if step is not None and step.id not in found:
                found.add(step.id)
                waiting += [branch.then for branch in step.branches]
        return found

    def _looked_at(self, start: str) -> set[str]:
        """The facts that rules from here on look at."""
        steps = (self._check.step(id_) for id_ in self._reachable(start))
        return {n for step in steps if step for branch in step.branches for n in branch.when}


def conditions_of(check: Check) -> Iterator[tuple[tuple[str | int, ...], Condition]]:
    """All conditions of branches and of a verdict's sentences, with their places in the file."""
    for number, step in enumerate(check.steps):
        for place, branch in enumerate(step.branches):
            yield ("steps", number, "branches", place, "when"), branch.when
    for number, verdict in enumerate(check.verdicts):
        for place, line in enumerate(verdict.next):
            yield ("verdicts", number, "next", place, "when"), line.when
        for place, line in enumerate(verdict.change):
            yield ("verdicts", number, "change", place, "when"), line.when


def representatives(check: Check, step: Step, today: date) -> list[Value]:
    """Answers that stand for all answers to a question, ``UNKNOWN`` included."""
    if step.kind in {"choice", "yes_no"}:
        return [*alternatives(step), UNKNOWN]
    concerned = {step.id} | {d.id for d in check.derived if step.id in (*d.plus, *d.minus)}
    bounds = [
        test
        for _, condition in conditions_of(check)
        for name, test in condition.items()
        if name in concerned and isinstance(test, Bounds)
    ]
    if step.kind == "number":
        return [*_numbers(bounds), UNKNOWN]
    return [*_days(bounds, today), UNKNOWN]


def _numbers(bounds: list[Bounds]) -> list[Decimal]:
    found = {Decimal(0), Decimal(1)}
    for test in bounds:
        for bound in (test.above, test.at_least, test.below, test.at_most):
            if bound is not None:
                found |= {bound - 1, bound, bound + 1}
    return sorted(number for number in found if number >= 0)


def _days(bounds: list[Bounds], today: date) -> list[date]:
    found = {today}
    for test in bounds:
        edges = [test.before, test.since]
        edges += [years_before(today, test.years_ago)] if test.years_ago else []
        for edge in edges:
            if edge is not None:
                found |= {edge - timedelta(days=1), edge, edge + timedelta(days=1)}
    return sorted(day for day in found if day <= today)
