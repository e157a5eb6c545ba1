"""The root of all broken rules; the rules themselves are in ``desk.errors``."""

from __future__ import annotations

from typing import Any


class DeskError(Exception):
    """A rule of the service desk was broken.

    ``code`` is stable and is what programs branch on; ``facts`` are the values a sentence about
    the error may mention. The sentence itself lives in ``knowledge/words.yml`` under ``errors``.

    >>> class OpeningFull(DeskError):
    ...     code = "opening_full"
    >>> error = OpeningFull(opening=3)
    >>> (error.code, error.facts)
    ('opening_full', {'opening': 3})
    """

    code = "desk_error"

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(f"{self.code} {facts}" if facts else self.code)
