"""The table of amounts of a verdict, and what is said about prices."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from desk.checks.answers import figures
from desk.checks.engine import Lookup
from desk.checks.schema import Check, Prices, Row
from desk.words import Words


def table(check: Check, fact: Lookup, words: Words) -> dict[str, Any] | None:
    """The rows whose first cell was answered, in words. ``notes``: how the figures came about, then
    the price: a current one only where the office configured it, a past one named as such."""
    shape = check.table
    if shape is None:
        return None
    rows = [row for row in shape.rows if fact(row.cells[0]) is not None]
    notes = [shape.note]
    if shape.current is not None:
        notes.append(_now(rows, fact, shape.current, words))
    else:
        notes.append(words.phrase("price_none"))
        if shape.past is not None:
            notes.append(_past(rows, fact, shape.past, words))
    return {
        "title": shape.title,
        "unit": shape.unit,
        "columns": shape.columns,
        "rows": [
            {"title": row.title, "cells": [_cell(fact, id_, words) for id_ in row.cells]}
            for row in rows
        ],
        "notes": [note for note in notes if note],
    }


def _cell(fact: Lookup, id_: str, words: Words) -> str:
    value = fact(id_)
    if isinstance(value, Decimal):
        return figures(value)
    return words.label("check.not_asked" if value is None else "check.pending")


def _bought(rows: Sequence[Row], fact: Lookup) -> list[tuple[Row, Decimal]]:
    """The rows something has to be bought of, with how much."""
    amounts = ((row, fact(row.cells[-1])) for row in rows)
    return [(row, value) for row, value in amounts if isinstance(value, Decimal) and value > 0]


def _now(rows: Sequence[Row], fact: Lookup, source: Prices, words: Words) -> str:
    bought = [(row, value) for row, value in _bought(rows, fact) if row.price is not None]
    if not bought:
        return ""
    total = sum((value * (row.price or 0) for row, value in bought), Decimal(0))
    each = [
        words.phrase("price_each", title=r.title, price=figures(r.price or Decimal(0)))
        for r, _ in bought
    ]
    return words.phrase(
        "price_now",
        as_of=source.as_of,
        source=source.source,
        prices=words.label("list.items").join(each),
        total=figures(total.quantize(Decimal(1))),
    )


def _past(rows: Sequence[Row], fact: Lookup, source: Prices, words: Words) -> str:
    each = [
        words.phrase("price_each", title=row.title, price=figures(row.past_price))
        for row, _ in _bought(rows, fact)
        if row.past_price is not None
    ]
    if not each:
        return ""
    return words.phrase(
        "price_past",
        as_of=source.as_of,
        source=source.source,
        prices=words.label("list.items").join(each),
    )
