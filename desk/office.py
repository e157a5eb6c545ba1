"""Everything a door needs, opened once per process: settings, database, knowledge, words."""

from __future__ import annotations

from dataclasses import dataclass

from desk.database import Database
from desk.knowledge import Shelf, load_shelf
from desk.schedule import Reception, load_reception
from desk.settings import Settings
from desk.words import Words


@dataclass(frozen=True)
class Office:
    """The opened office; shared by all threads of a process, none of its parts is changed."""

    settings: Settings
    database: Database
    shelf: Shelf
    words: Words
    reception: Reception


def open_office(settings: Settings) -> Office:
    """Read the knowledge and connect; raises ``KnowledgeInvalid`` for a broken file."""
    return Office(
        settings=settings,
        database=Database(settings.database_url),
        shelf=load_shelf(settings.knowledge_dir),
        words=Words(settings.knowledge_dir / "words.yml"),
        reception=load_reception(settings.knowledge_dir),
    )
