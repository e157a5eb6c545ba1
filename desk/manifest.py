"""``knowledge/ids.lock``: every id and citation that was ever accepted, so that none gets lost.

An editor who means a change records it with ``make accept``; a lost topic is never accepted: ids
are keys in the database, in training labels and in addresses.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from desk.knowledge import Shelf
from desk.mistakes import Mistake

NAME = "ids.lock"
_HEAD = "# 已经核准的编号和依据，由 make accept 写入，不要手工修改。\n"


def entries_of(shelf: Shelf) -> set[str]:
    """What the manifest records of a shelf, a line each."""
    found = {f"topic {id_}" for id_ in shelf.topics}
    found |= {f"document {id_}" for id_ in shelf.documents}
    for topic in shelf.topics.values():
        found |= {f"citation {topic.id} {c.document} {c.clause}" for c in topic.citations}
    return found


def write(shelf: Shelf, folder: Path) -> None:
    """Record a shelf as it is now."""
    lines = "".join(f"{entry}\n" for entry in sorted(entries_of(shelf)))
    (folder / NAME).write_text(_HEAD + lines, encoding="utf-8")


def changes(shelf: Shelf, folder: Path) -> Iterator[Mistake]:
    """What the shelf has lost since it was recorded, and what is not recorded yet."""
    recorded, now = _recorded(folder), entries_of(shelf)
    lost = sorted(recorded - now)
    for kind, *facts in (entry.split(" ", 3) for entry in lost):
        if kind == "topic":
            yield Mistake("lost_topic", folder / "topics", facts={"id": facts[0]})
        elif kind == "document":
            yield Mistake("lost_document", folder / "documents.yml", facts={"id": facts[0]})
        elif facts[0] in shelf.topics:
            file = folder / "topics" / f"{facts[0]}.yml"
            told = dict(zip(("topic", "document", "clause"), facts, strict=True))
            yield Mistake("lost_citation", file, ("citations",), facts=told)
    for entry in sorted(now - recorded):
        yield Mistake("not_recorded", folder / NAME, facts={"entry": entry})


def _recorded(folder: Path) -> set[str]:
    file = folder / NAME
    if not file.is_file():
        return set()
    lines = file.read_text(encoding="utf-8").splitlines()
    return {line for line in lines if line and not line.startswith("#")}
