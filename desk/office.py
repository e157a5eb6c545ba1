"""Everything a door needs, opened once per process: settings, database, knowledge, words.

Doors ask a ``Keeper`` for the office at each request: edited knowledge shows without a restart.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from pathlib import Path

from desk.checks.load import Rules, load_checks
from desk.clock import local, utc_now
from desk.database import Database
from desk.errors import KnowledgeInvalid
from desk.knowledge import Shelf, load_shelf
from desk.schedule import Reception, load_reception
from desk.settings import Settings
from desk.words import Words

log = logging.getLogger(__name__)

# An editor waits longer than this before looking; a busy desk looks no more often at the files.
_LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Office:
    """The opened office; shared by all threads of a process, none of its parts is changed."""

    settings: Settings
    database: Database
    shelf: Shelf
    checks: dict[str, Rules]
    words: Words
    reception: Reception


def open_office(settings: Settings) -> Office:
    """Read the knowledge and connect; raises ``KnowledgeInvalid`` for a broken file."""
    shelf = load_shelf(settings.knowledge_dir)
    return Office(
        settings=settings,
        database=Database(settings.database_url, settings.outbox.channels),
        shelf=shelf,
        checks=_checks(settings.knowledge_dir, shelf),
        words=Words(settings.knowledge_dir / "words.yml"),
        reception=load_reception(settings.knowledge_dir),
    )


def _checks(folder: Path, shelf: Shelf) -> dict[str, Rules]:
    # Whether a cited document is in force is a question of the day, here that of the reading.
    return load_checks(folder, shelf.register, local(utc_now()).date())


class Keeper:
    """Keeps an office up to date with its knowledge files.

    A broken file changes nothing: the last good knowledge stays, and the log names the mistake.
    """

    def __init__(self, office: Office) -> None:
        self._office = office
        self._seen = _stamp(office.settings.knowledge_dir)
        self._looked = time.monotonic()

    def current(self) -> Office:
        """The office with the knowledge as it is now, within a second."""
        now = time.monotonic()
        if now - self._looked >= _LOOK_SECONDS:
            self._looked = now
            self._look()
        return self._office

    def _look(self) -> None:
        folder = self._office.settings.knowledge_dir
        stamp = _stamp(folder)
        if stamp == self._seen:
            return
        self._seen = stamp
        try:
            shelf = load_shelf(folder)
            self._office = replace(
                self._office,
                shelf=shelf,
                checks=_checks(folder, shelf),
                words=Words(folder / "words.yml"),
                reception=load_reception(folder),
            )
            log.info("knowledge reloaded, version %s", self._office.shelf.version)
        except KnowledgeInvalid as error:
            log.error("knowledge not reloaded: %s: %s", error.facts["file"], error.facts["problem"])


def _stamp(folder: Path) -> list[tuple[str, int, int]]:
    """Name, time and size of every knowledge file."""
    found = []
    for file in sorted(folder.rglob("*.yml")):
        try:
            status = file.stat()
        except FileNotFoundError:  # an editor that replaces files by renaming
            continue
        found.append((file.name, status.st_mtime_ns, status.st_size))
    return found
