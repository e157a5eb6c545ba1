"""How a refusal is put, from ``knowledge/lexicon/refusals.yml``; the model decides whether."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

from desk.files import Strict, load
from desk.text import normalise


class Refusal(Strict):
    """A kind of message that is not answered: words that tell it, and what is said."""

    id: str = Field(pattern=r"^[a-z_]+$")
    words: list[str] = Field(min_length=1)
    say: str = Field(min_length=10)


def load_refusals(knowledge_dir: Path) -> list[Refusal]:
    """Read ``lexicon/refusals.yml``, which may be missing; raises ``KnowledgeInvalid`` naming file,
    line and mend."""
    file = knowledge_dir / "lexicon" / "refusals.yml"
    return load(file, list[Refusal]) if file.is_file() else []


def put(refusals: Sequence[Refusal], text: str) -> str | None:
    """What to say to a refused message, or None for the usual words; the first kind counts."""
    text = normalise(text)
    for refusal in refusals:
        if any(normalise(word) in text for word in refusal.words):
            return refusal.say
    return None
