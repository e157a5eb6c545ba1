"""Reads ``knowledge/checks/*.yml``; a mistake is named with file, line, and how to mend it."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

from desk.checks.engine import Engine
from desk.checks.schema import Check
from desk.checks.verify import Verifier
from desk.documents import Register
from desk.files import load
from desk.mistakes import refuse


class Rules(Engine):
    """A check's engine together with ``digest``, the fingerprint of the file it was read from."""

    def __init__(self, check: Check, digest: str) -> None:
        super().__init__(check)
        self.digest = digest

    @property
    def version(self) -> str:
        """What a stored verdict names: the office's number and the file's fingerprint."""
        return f"{self.check.version}-{self.digest}"


def load_checks(knowledge_dir: Path, register: Register, today: date) -> dict[str, Rules]:
    """All checks by id. Raises ``KnowledgeInvalid`` for the first file that does not hold, with all
    of its mistakes. ``today`` decides whether a cited document is still in force."""
    found = {}
    for file in sorted((knowledge_dir / "checks").glob("*.yml")):
        check = load(file, Check)
        refuse(Verifier(check, file, register, today).mistakes())
        found[check.id] = Rules(check, hashlib.sha256(file.read_bytes()).hexdigest()[:8])
    return found
