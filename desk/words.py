"""The words people read, by code, from ``knowledge/words.yml``."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from desk.clock import local
from desk.errors import DeskError
from desk.files import Strict, load
from desk.mistakes import Mistake, invalid
from desk.refusals import load_refusals, put


class _WordFile(Strict):
    errors: dict[str, str]
    phrases: dict[str, str]
    labels: dict[str, str]
    smalltalk: dict[str, str]
    weekdays: list[str]


class Words:
    """Sentences by code, with ``{placeholders}`` filled from keyword arguments."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._words = load(file, _WordFile)
        self._refusals = load_refusals(file.parent)
        if len(self._words.weekdays) != 7:
            raise invalid([Mistake("weekdays", file, ("weekdays",))])

    @property
    def codes(self) -> dict[str, frozenset[str]]:
        """All known codes by section, for the house rules."""
        words = self._words
        return {
            "errors": frozenset(words.errors),
            "phrases": frozenset(words.phrases),
            "labels": frozenset(words.labels),
            "smalltalk": frozenset(words.smalltalk),
        }

    def error(self, error: DeskError) -> str:
        """The sentence for a broken rule."""
        return self._fill(self._words.errors, error.code, error.facts)

    def phrase(self, code: str, /, **facts: Any) -> str:
        """A sentence the bot says."""
        return self._fill(self._words.phrases, code, facts)

    def label(self, code: str, /, **facts: Any) -> str:
        """A short text on a button, in a card or a table."""
        return self._fill(self._words.labels, code, facts)

    def smalltalk(self, id_: str) -> str | None:
        """The reply to small talk, or None if none is written."""
        return self._words.smalltalk.get(id_)

    def refusal(self, text: str, reason: str = "") -> str:
        """What is said to a message that is not ours to answer; ``reason`` is its kind, if any."""
        return put(self._refusals, text, reason) or self.phrase("refusal")

    def day(self, moment: datetime) -> str:
        """A day as people write it, with its weekday, on a clock in Shanghai."""
        there = local(moment)
        return self.label(
            "day",
            year=there.year,
            month=there.month,
            day=there.day,
            weekday=self._words.weekdays[there.weekday()],
        )

    def hours(self, starts_at: datetime, ends_at: datetime) -> str:
        """A span of time on one day."""
        return f"{local(starts_at):%H:%M}–{local(ends_at):%H:%M}"

    def opening(self, starts_at: datetime, ends_at: datetime) -> str:
        """Day and hours of an opening."""
        return f"{self.day(starts_at)} {self.hours(starts_at, ends_at)}"

    def _fill(self, section: dict[str, str], code: str, facts: dict[str, Any]) -> str:
        try:
            return section[code].format(**facts).strip()
        except (KeyError, IndexError, ValueError) as error:
            reason = f"{type(error).__name__} {error}"
            mistake = Mistake("unfilled", self._file, facts={"key": code, "reason": reason})
            raise invalid([mistake]) from error
