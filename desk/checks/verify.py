"""Proves that the rules of a check hold together; each mistake says where and how to mend it."""

from __future__ import annotations

import difflib
import string
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from desk.checks.paths import Exploration, conditions_of, explore
from desk.checks.schema import UNKNOWN, Bounds, Check, Step
from desk.documents import Register
from desk.figures import unsupported
from desk.knowledge import Citation
from desk.mistakes import Mistake

Place = tuple[str | int, ...]
_NUMBER_BOUNDS = {"above", "at_least", "below", "at_most"}
_DAY_BOUNDS = {"before", "since", "years_ago"}


class Verifier:
    """The mistakes of one check; the paths are tried only if the names in it are right."""

    def __init__(self, check: Check, file: Path, register: Register, today: date) -> None:
        self._check, self._file, self._register, self._today = check, file, register, today
        self._steps = {step.id: step for step in check.steps}
        self._ends = {verdict.id: verdict for verdict in check.verdicts}
        self._derived = {derived.id: derived for derived in check.derived}

    def mistakes(self) -> list[Mistake]:
        """All of them, those of names before those of paths."""
        found = [*self._names(), *self._targets(), *self._facts(), *self._kinds()]
        found += [*self._sources(), *self._sentences(), *self._rows()]
        found = found or [*self._figures()]
        return found or list(self._paths(explore(self._check, self._today)))

    def _mistake(self, code: str, at: Place, **facts: object) -> Mistake:
        return Mistake(code, self._file, at, facts=facts)

    def _unknown(self, at: Place, name: str, known: Iterable[str]) -> Mistake:
        names = sorted(known)
        near = difflib.get_close_matches(name, names, 1) or names
        return self._mistake("rule_unknown", at, name=name, known=", ".join(near))

    def _names(self) -> Iterator[Mistake]:
        check = self._check
        if check.id != self._file.stem:
            yield self._mistake("file_name", ("id",), id=check.id)
        lists: dict[str, Sequence[str]] = {
            "steps": [step.id for step in check.steps],
            "verdicts": [verdict.id for verdict in check.verdicts],
            "derived": [derived.id for derived in check.derived],
            "deadlines": [deadline.id for deadline in check.deadlines],
        }
        seen = Counter(id_ for ids in lists.values() for id_ in ids)
        for section, ids in lists.items():
            for place, id_ in enumerate(ids):
                if seen[id_] > 1:
                    yield self._mistake("rule_twice", (section, place, "id"), name=id_)

    def _targets(self) -> Iterator[Mistake]:
        known = [*self._steps, *self._ends]
        for number, step in enumerate(self._check.steps):
            for place, branch in enumerate(step.branches):
                if branch.then not in known:
                    at = ("steps", number, "branches", place, "then")
                    yield self._unknown(at, branch.then, known)

    def _facts(self) -> Iterator[Mistake]:
        """Conditions name facts that exist, with tests that fit their kind."""
        for path, condition in conditions_of(self._check):
            for name, test in condition.items():
                at = (*path, name)
                if name not in self._steps and name not in self._derived:
                    yield self._unknown(at, name, [*self._steps, *self._derived])
                elif isinstance(test, Bounds):
                    step = self._steps.get(name)
                    yield from self._bounds(at, test, step.kind if step else "number")
                else:
                    yield from self._values(at, test, self._steps.get(name))

    def _bounds(self, at: Place, test: Bounds, kind: str) -> Iterator[Mistake]:
        given = {name for name, value in test.model_dump().items() if value is not None}
        allowed = {"known"} | {"number": _NUMBER_BOUNDS, "date": _DAY_BOUNDS}.get(kind, set())
        for name in sorted(given - allowed) or ([""] if not given else []):
            yield self._mistake("rule_value", at, value=name, known=", ".join(sorted(allowed)))

    def _values(self, at: Place, test: list[bool | str], step: Step | None) -> Iterator[Mistake]:
        allowed: list[bool | str] = [UNKNOWN]
        if step is not None and step.kind == "yes_no":
            allowed += [True, False]
        elif step is not None:
            allowed += [option.id for option in step.options]
        named = ["yes" if v is True else "no" if v is False else str(v) for v in allowed]
        for value in test:
            # By type as well: 1 is not yes.
            if not any(value == one and type(value) is type(one) for one in allowed):
                yield self._mistake("rule_value", at, value=value, known=", ".join(named))

    def _kinds(self) -> Iterator[Mistake]:
        """A question has what its kind needs and nothing of another kind."""
        for number, step in enumerate(self._check.steps):
            at: Place = ("steps", number)
            ids = [option.id for option in step.options]
            wrong = (
                (step.kind == "choice") != bool(ids)
                or len(ids) == 1
                or len(set(ids)) < len(ids)
                or UNKNOWN in ids
            )
            if wrong:
                yield self._mistake("rule_options", (*at, "options"), step=step.id)
            if (step.kind == "number") != (step.unit is not None) or (
                step.quick and step.kind != "number"
            ):
                yield self._mistake("rule_unit", at, step=step.id)
            if step.kind != "yes_no" and (step.yes_words or step.no_words):
                yield self._mistake("rule_yes_no", at, step=step.id)
        for number, derived in enumerate(self._check.derived):
            for id_ in (*derived.plus, *derived.minus):
                if id_ not in self._steps or self._steps[id_].kind != "number":
                    known = [step.id for step in self._check.steps if step.kind == "number"]
                    yield self._unknown(("derived", number), id_, known)
        for number, deadline in enumerate(self._check.deadlines):
            if deadline.start not in self._steps or self._steps[deadline.start].kind != "date":
                known = [step.id for step in self._check.steps if step.kind == "date"]
                yield self._unknown(("deadlines", number, "start"), deadline.start, known)

    def _sources(self) -> Iterator[Mistake]:
        """What is cited is registered, still in force, and its clause is on the shelf."""
        documents = self._register.documents
        for path, citations in self._cited():
            for place, citation in enumerate(citations):
                at = (*path, "citations", place, "document")
                document = documents.get(citation.document)
                if document is None:
                    yield self._mistake("unknown_document", at, id=citation.document)
                elif document.status(self._today) == "repealed":
                    yield self._mistake(
                        "rule_repealed", at, id=document.id, successor=document.replaced_by
                    )
                elif not self._register.find(document.id, citation.clause):
                    yield self._mistake(
                        "unread_clause", at, document=document.id, clause=citation.clause
                    )

    def _cited(self) -> Iterator[tuple[Place, list[Citation]]]:
        for number, step in enumerate(self._check.steps):
            yield ("steps", number), step.citations
        for number, verdict in enumerate(self._check.verdicts):
            yield ("verdicts", number), verdict.citations

    def _figures(self) -> Iterator[Mistake]:
        """What a question or a verdict says in figures, a clause it cites says too."""
        for number, step in enumerate(self._check.steps):
            told = [step.ask, step.why, step.missing, *(b.finding for b in step.branches)]
            yield from self._unsupported(("steps", number), told, step.citations)
        for number, verdict in enumerate(self._check.verdicts):
            lines = (line.text for line in (*verdict.next, *verdict.change))
            told = [verdict.headline, verdict.text, *lines]
            yield from self._unsupported(("verdicts", number), told, verdict.citations)

    def _unsupported(
        self, at: Place, told: Iterable[str | None], cited: Sequence[Citation]
    ) -> Iterator[Mistake]:
        sources = []
        for citation in cited:
            document = self._register.documents[citation.document]
            sources.append(f"{document.title} {document.number or ''}")
            days = (document.published, document.in_force_from, document.repealed_on)
            sources += [f"{d.year}年{d.month}月{d.day}日" for d in days if d]
            sources += [c.says for c in self._register.find(document.id, citation.clause)]
        for text in (*told, *(citation.gist for citation in cited)):
            for figure in unsupported(text or "", sources):
                where = ".".join(str(part) for part in at)
                yield self._mistake("figure", at, figure=figure, where=where)

    def _sentences(self) -> Iterator[Mistake]:
        """Braces in a verdict's sentences name deadlines."""
        known = {deadline.id for deadline in self._check.deadlines}
        for number, verdict in enumerate(self._check.verdicts):
            for section in ("next", "change"):
                for place, line in enumerate(getattr(verdict, section)):
                    at = ("verdicts", number, section, place)
                    try:
                        named = {n for _, n, _, _ in string.Formatter().parse(line.text) if n}
                    except ValueError as error:
                        facts = {"key": verdict.id, "reason": error}
                        yield self._mistake("unfilled", at, **facts)
                        continue
                    for name in sorted(named - known):
                        yield self._unknown(at, name, known)

    def _rows(self) -> Iterator[Mistake]:
        check = self._check
        for number, verdict in enumerate(check.verdicts):
            if verdict.table and check.table is None:
                yield self._mistake("rule_no_table", ("verdicts", number, "table"))
        for place, row in enumerate(check.table.rows if check.table else ()):
            at: Place = ("table", "rows", place)
            for id_ in row.cells:
                if id_ not in self._steps and id_ not in self._derived:
                    yield self._unknown((*at, "cells"), id_, [*self._steps, *self._derived])
            table = check.table
            assert table is not None
            if len(row.cells) != len(table.columns):
                yield self._mistake("rule_cells", at, title=row.title, count=len(table.columns))
            if (row.price is not None) != (table.current is not None) or (
                row.past_price is not None and table.past is None
            ):
                yield self._mistake("rule_price", at, title=row.title)

    def _paths(self, found: Exploration) -> Iterator[Mistake]:
        """What trying every path brought to light."""
        places = {step.id: place for place, step in enumerate(self._check.steps)}
        for loop in found.loops:
            yield self._mistake("rule_loop", ("steps", places[loop[-2]]), loop=" → ".join(loop))
        for step, facts in found.stuck:
            said = ", ".join(f"{name}={value}" for name, value in facts.items())
            yield self._mistake("rule_stuck", ("steps", places[step.id], "branches"), facts=said)
        for step in self._check.steps:
            at = ("steps", places[step.id])
            if step.id not in found.reached:
                yield self._mistake("rule_unreached", at, name=step.id)
                continue
            for place in range(len(step.branches)):
                if (step.id, place) not in found.taken:
                    at_branch = (*at, "branches", place)
                    yield self._mistake("rule_never", at_branch, step=step.id, number=place + 1)
        for number, verdict in enumerate(self._check.verdicts):
            if verdict.id not in found.reached:
                yield self._mistake("rule_unreached", ("verdicts", number), name=verdict.id)
