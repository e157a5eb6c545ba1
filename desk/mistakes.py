"""Mistakes in knowledge files as an editor reads them: where, what is wrong, how to mend it.

The sentences stand in ``mistakes.yml`` beside this module and not in ``knowledge/``: the file
that is broken may be any file of that folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from desk.errors import KnowledgeInvalid

_SENTENCES = Path(__file__).with_name("mistakes.yml")


@dataclass(frozen=True)
class Mistake:
    """One mistake: its code in ``mistakes.yml``, the file, the place in it (keys and positions,
    as in ``("citations", 0, "gist")``) or its line, and what the sentence mentions."""

    code: str
    file: Path
    at: Sequence[str | int] = ()
    line: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def number(self) -> int | None:
        """The line of the mistake, counted from 1; None when it is the whole file."""
        return self.line or line_of(self.file, self.at)

    def __str__(self) -> str:
        """The line, what is wrong and how to mend it."""
        words, number = _sentences(), self.number
        sentence = words["mistakes"][self.code]
        return str(words["report"]).format(
            place=words["line"].format(line=number) if number else words["whole"],
            what=str(sentence["what"]).format(**self.facts),
            mend=str(sentence["mend"]).format(**self.facts),
        )


def refuse(mistakes: Iterable[Mistake]) -> None:
    """Raise ``KnowledgeInvalid`` for the mistakes of one file, if there are any.

    Its facts: ``file``, ``line`` of the first one, ``problem`` with all of them, one a line.
    """
    found = list(mistakes)
    if found:
        raise invalid(found)


def invalid(found: list[Mistake]) -> KnowledgeInvalid:
    """The error for the mistakes of one file; at least one."""
    first, told = found[0], "\n".join(str(mistake) for mistake in found)
    return KnowledgeInvalid(file=str(first.file), line=first.number, problem=told)


def line_of(file: Path, at: Sequence[str | int]) -> int | None:
    """The line of a place in a YAML file, or of the nearest thing around it; None for the file."""
    if not at:
        return None
    try:
        node = yaml.compose(file.read_text(encoding="utf-8"), yaml.SafeLoader)
    except (OSError, yaml.YAMLError, UnicodeDecodeError):
        return None
    line = node.start_mark.line + 1 if node else None
    for part in at:
        if isinstance(node, yaml.MappingNode):
            pair = next((p for p in node.value if p[0].value == str(part)), None)
            if pair is not None:
                line, node = pair[0].start_mark.line + 1, pair[1]
        elif isinstance(node, yaml.SequenceNode) and part in range(len(node.value)):
            node = node.value[int(part)]
            line = node.start_mark.line + 1
    return line


def reason_of(problem: str) -> str:
    """What the YAML parser complains about, in words an editor understands."""
    reasons: dict[str, str] = _sentences()["reasons"]
    return next((told for part, told in reasons.items() if part in problem), reasons["other"])


@lru_cache(maxsize=1)
def _sentences() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(_SENTENCES.read_text(encoding="utf-8"))
    return found
