"""Draws a check as a Mermaid flowchart in a Markdown page, which ``make check`` keeps current."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path

from desk.checks.answers import day_in_words, figures
from desk.checks.load import Rules
from desk.checks.schema import UNKNOWN, Bounds, Branch, Check, Step, Test
from desk.words import Words

_COLOURS = {"meets": "#dcf0e5", "fails": "#fbe6e3", "human": "#fdf0d5"}


def render(checks: Mapping[str, Rules], words: Words) -> dict[str, str]:
    """The pages: name to contents."""
    return {f"{id_}.md": _page(rules.check, words) for id_, rules in checks.items()}


def write(checks: Mapping[str, Rules], words: Words, directory: Path) -> list[str]:
    """Draw anew what is stale; returns the names of those pages."""
    directory.mkdir(parents=True, exist_ok=True)
    pages = render(checks, words)
    changed = stale(checks, words, directory)
    for name in changed:
        file = directory / name
        if name in pages:
            file.write_text(pages[name], encoding="utf-8")
        else:
            file.unlink()
    return changed


def stale(checks: Mapping[str, Rules], words: Words, directory: Path) -> list[str]:
    """The names of pages that do not say what the rules say, left-over ones included."""
    pages = render(checks, words)
    there = {file.name for file in directory.glob("*.md")}
    wrong = {
        name
        for name, contents in pages.items()
        if name not in there or (directory / name).read_text(encoding="utf-8") != contents
    }
    return sorted(wrong | (there - set(pages)))


def _page(check: Check, words: Words) -> str:
    lines = [f"# {check.title}", "", words.phrase("diagram_head", version=check.version), ""]
    lines += ["```mermaid", "flowchart TD"]
    for number, step in enumerate(check.steps, 1):
        lines.append(f'  {step.id}["{number}. {_quoted(step.label)}"]')
    for verdict in check.verdicts:
        label = words.label(f"outcome.{verdict.outcome}")
        text = f"{label}<br>{_quoted(verdict.headline)}"
        lines.append(f'  {verdict.id}(["{text}"]):::{verdict.outcome}')
    for step in check.steps:
        for branch in step.branches:
            said = _quoted(_condition(check, step, branch, words))
            lines.append(f'  {step.id} -- "{said}" --> {branch.then}')
    lines += [f"  classDef {name} fill:{colour}" for name, colour in _COLOURS.items()]
    lines += ["```", ""]
    for number, step in enumerate(check.steps, 1):
        lines.append(f"{number}. {step.ask}")
    return "\n".join(lines) + "\n"


def _condition(check: Check, step: Step, branch: Branch, words: Words) -> str:
    if not branch.when:
        return words.label("check.otherwise" if len(step.branches) > 1 else "check.always")
    return words.label("list.items").join(
        _tested(check, id_, test, words, own=id_ == step.id) for id_, test in branch.when.items()
    )


def _tested(check: Check, id_: str, test: Test, words: Words, *, own: bool) -> str:
    step = check.step(id_)
    if isinstance(test, list):
        told = words.label("check.or").join(_value(step, value, words) for value in test)
    else:
        told = words.label("list.items").join(_bounds(test, words))
    if own:
        return told
    label = next((d.label for d in check.derived if d.id == id_), step.label if step else id_)
    return words.label("check.listed", label=label, values=told)


def _value(step: Step | None, value: bool | str, words: Words) -> str:
    if value == UNKNOWN:
        return words.label("check.unknown")
    if isinstance(value, bool):
        return words.label("check.yes" if value else "check.no")
    return next(option.title for option in (step.options if step else ()) if option.id == value)


def _bounds(test: Bounds, words: Words) -> list[str]:
    told = []
    for name, bound in test.model_dump(exclude_none=True).items():
        if name == "known":
            told.append(words.label("check.known" if bound else "check.not_known"))
        elif isinstance(bound, Decimal):
            told.append(words.label(f"check.{name}", bound=figures(bound)))
        elif isinstance(bound, date):
            told.append(words.label(f"check.{name}", bound=day_in_words(bound, words)))
        else:
            told.append(words.label(f"check.{name}", bound=bound))
    return told


def _quoted(text: str) -> str:
    """Without the quotation mark that would end a label."""
    return text.replace('"', "#quot;")
