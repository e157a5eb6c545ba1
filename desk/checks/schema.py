"""What a file of ``knowledge/checks/`` may say: questions, branches and verdicts with clauses.

A value is ``True`` or ``False`` (yes or no), the id of an option, a number, a day, or ``UNKNOWN``:
whoever does not know may always say so, and the rules say where that leads.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from desk.files import Strict
from desk.knowledge import Citation

UNKNOWN = "unknown"
Value = bool | str | Decimal | date
Kind = Literal["choice", "yes_no", "number", "date"]
Outcome = Literal["meets", "fails", "human"]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Bounds(Strict):
    """What a number or a day must satisfy; all that are given hold together. An unknown value
    satisfies nothing but ``known: no``; neither does a question that was not asked."""

    above: Decimal | None = None
    at_least: Decimal | None = None
    below: Decimal | None = None
    at_most: Decimal | None = None
    before: date | None = None
    since: date | None = None
    years_ago: int | None = Field(default=None, ge=1, description="at least so many full years")
    known: bool | None = None


def _listed(value: object) -> object:
    """One accepted value may be written without brackets."""
    return [value] if isinstance(value, (bool, str)) else value


# A fact either is one of some values, or satisfies bounds.
Test = Annotated[Bounds | list[bool | str], BeforeValidator(_listed)]
# All named facts must satisfy their tests; nothing named always holds.
Condition = dict[str, Test]


class Branch(Strict):
    """Where an answer leads: ``then`` is a step or a verdict. ``finding`` is what the card says
    about this step if the branch was taken."""

    when: Condition = Field(default_factory=dict)
    then: Id
    finding: str | None = None


class Option(Strict):
    """One answer of a choice; ``words`` are other ways to say it."""

    id: Id
    title: str
    words: list[str] = Field(default_factory=list)


class Quick(Strict):
    """A number that has a button."""

    title: str
    value: Decimal


class Step(Strict):
    """One question. ``label`` names its fact in the card; ``names`` are words by which a visitor
    refers to it (面积说错了); ``yes_words`` and ``no_words`` are ways to say so here alone."""

    id: Id
    ask: str
    label: str
    kind: Kind
    options: list[Option] = Field(default_factory=list)
    yes_words: list[str] = Field(default_factory=list)
    no_words: list[str] = Field(default_factory=list)
    unit: str | None = None
    quick: list[Quick] = Field(default_factory=list)
    names: list[str] = Field(default_factory=list)
    why: str
    missing: str | None = Field(default=None, description="what no source says, said openly")
    citations: list[Citation] = Field(min_length=1)
    branches: list[Branch] = Field(min_length=1)


class Line(Strict):
    """A sentence of a verdict, told only where its condition holds."""

    text: str
    when: Condition = Field(default_factory=dict)


def _line(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


Lines = list[Annotated[Line, BeforeValidator(_line)]]


class Verdict(Strict):
    """An end. ``outcome``: 符合, 不符合 or 需人工判断; never more than a preliminary judgement."""

    id: Id
    outcome: Outcome
    headline: str
    text: str
    next: Lines = Field(min_length=1)
    change: Lines = Field(default_factory=list)
    citations: list[Citation] = Field(min_length=1)
    table: bool = False


class Derived(Strict):
    """A number worked out of answers: the sum of ``plus`` less that of ``minus``, never below
    zero, times ``ratio`` where the office configured one. Unknown if a part of it is."""

    id: Id
    label: str
    plus: list[str] = Field(min_length=1)
    minus: list[str] = Field(default_factory=list)
    ratio: Decimal | None = Field(default=None, gt=0)


class Deadline(Strict):
    """A day counted from an answered one, for use as ``{id}`` in a verdict's sentences."""

    id: Id
    start: str
    days: int = Field(ge=1)


class Row(Strict):
    """A line of the table of amounts: the facts of its cells, in the order of the columns."""

    title: str
    cells: list[str] = Field(min_length=1)
    price: Decimal | None = Field(default=None, gt=0, description="current, per unit")
    past_price: Decimal | None = Field(default=None, gt=0)


class Prices(Strict):
    """Where prices come from: as of when, and who says so."""

    as_of: str
    source: str


class Table(Strict):
    """Amounts, one row per subject that was asked about. The last cell is the amount to buy; a
    price column appears only with ``current``, and past prices are always named as such."""

    title: str
    unit: str
    columns: list[str] = Field(min_length=1)
    rows: list[Row] = Field(min_length=1)
    note: str
    current: Prices | None = None
    past: Prices | None = None


class Check(Strict):
    """A guided self-check: the first step begins. ``version`` goes up with every change that can
    change a verdict; a stored verdict keeps the one it was given by."""

    id: Id
    title: str
    version: int = Field(ge=1)
    checked_on: date
    intro: str
    disclaimer: str
    steps: list[Step] = Field(min_length=1)
    verdicts: list[Verdict] = Field(min_length=1)
    derived: list[Derived] = Field(default_factory=list)
    deadlines: list[Deadline] = Field(default_factory=list)
    table: Table | None = None

    def step(self, id_: str) -> Step | None:
        return next((step for step in self.steps if step.id == id_), None)

    def verdict(self, id_: str) -> Verdict | None:
        return next((verdict for verdict in self.verdicts if verdict.id == id_), None)
