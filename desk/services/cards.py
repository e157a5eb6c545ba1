"""The card of a verdict, in the public API's shape."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from desk.checks.answers import day_in_words, in_words
from desk.checks.engine import Lookup, Walk, deadline, holds
from desk.checks.load import Rules
from desk.checks.schema import Line
from desk.clock import iso, local
from desk.knowledge import Citation, Shelf
from desk.models import CheckRun
from desk.services import amounts, checks, citations
from desk.services.asking import shown
from desk.words import Words

# More ways to another result than this nobody reads.
MOST_CHANGES = 4


def card(
    rules: Rules, shelf: Shelf, words: Words, run: CheckRun, walk: Walk, now: datetime
) -> dict[str, Any]:
    """A verdict in the public API's shape: what was found, the facts it rests on, the clause of
    each step with its validity today, what would change it, and what to do next."""
    check, end = rules.check, walk.verdict
    assert end is not None
    fact = rules.lookup(walk)

    def cited(found: Iterable[Citation]) -> list[dict[str, Any]]:
        return [citations.public(shelf, one, check.checked_on, now) for one in found]

    return {
        "check": check.id,
        "title": check.title,
        "version": rules.version,
        "at": iso(now),
        "outcome": end.outcome,
        "label": words.label(f"outcome.{end.outcome}"),
        "headline": end.headline,
        "text": end.text,
        "steps": [
            {
                "label": taken.step.label,
                "answer": shown(run, taken.step, taken.value, words),
                "finding": taken.branch.finding,
                "missing": taken.step.missing,
                "citations": cited(taken.step.citations),
            }
            for taken in walk.taken
        ],
        "citations": cited(end.citations),
        "table": amounts.table(check, fact, words) if end.table else None,
        "changes": [
            *_changes(rules, run, walk, words, now),
            *_lines(end.change, rules, fact, words, now),
        ],
        "next": _lines(end.next, rules, fact, words, now),
        "disclaimer": check.disclaimer,
    }


def _changes(rules: Rules, run: CheckRun, walk: Walk, words: Words, now: datetime) -> list[str]:
    """Single answers that would have ended elsewhere, as the rules themselves say; one for each
    other end, those with another outcome first."""
    values = checks.values_of(rules, run)
    found: dict[str, tuple[bool, str]] = {}
    for taken, value, instead in rules.changes(walk, values, local(now).date()):
        end = instead.verdict
        if end is None or end.id in found:
            continue
        sentence = words.phrase(
            "verdict_change",
            label=taken.step.label,
            value=in_words(taken.step, value, words),
            outcome=words.label(f"outcome.{end.outcome}"),
            headline=end.headline,
        )
        same = walk.verdict is not None and end.outcome == walk.verdict.outcome
        found[end.id] = (same, sentence)
    return [sentence for _, sentence in sorted(found.values(), key=lambda f: f[0])][:MOST_CHANGES]


def _lines(
    lines: Sequence[Line], rules: Rules, fact: Lookup, words: Words, now: datetime
) -> list[str]:
    """The sentences whose conditions hold, with their days filled in."""
    today = local(now).date()
    days = {}
    for limit in rules.check.deadlines:
        last = deadline(fact(limit.start), limit.days)
        if last is not None:
            days[limit.id] = day_in_words(last, words)
    return [line.text.format(**days) for line in lines if holds(line.when, fact, today)]
