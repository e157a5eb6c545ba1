"""How a refusal is put, from ``knowledge/lexicon/refusals.yml``; the model decides whether, and
knows a kind from the questions of ``data/nlu/refusals.yml``."""

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


def put(refusals: Sequence[Refusal], text: str, reason: str = "") -> str | None:
    """What to say to a refused message, or None for the usual words. The first kind counts that the
    model saw (``reason``, its id) or one of whose words the message has."""
    text = normalise(text)
    for refusal in refusals:
        if refusal.id == reason or any(normalise(word) in text for word in refusal.words):
            return refusal.say
    return None
