"""The list of inquiries' filters: read from the address, leniently, and written back to it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

from desk import decision
from desk.clock import SHANGHAI
from web.console.door import HOME

STATUSES = ("open", "answered", "closed")
KINDS = (*decision.KINDS, "unknown")
_LONGEST_SEARCH = 100
_MOST_PAGES = 1_000_000


@dataclass(frozen=True)
class Filters:
    """What is wanted; None is everything. ``since`` and ``until`` are days in Shanghai, both
    inclusive. ``ignored`` names the parameters that made no sense."""

    status: str | None = None
    kind: str | None = None
    topic: str | None = None
    search: str | None = None
    since: date | None = None
    until: date | None = None
    page: int = 1
    ignored: tuple[str, ...] = ()

    @property
    def backwards(self) -> bool:
        """Whether the span ends before it begins."""
        return bool(self.since and self.until and self.until < self.since)

    @property
    def begins(self) -> datetime | None:
        return midnight(self.since) if self.since else None

    @property
    def ends(self) -> datetime | None:
        return midnight(self.until + timedelta(days=1)) if self.until else None

    def address(self, page: int | None = None) -> str:
        """The shortest address that shows this, for links and the browser's history."""
        wanted = {
            "status": self.status,
            "kind": self.kind,
            "topic": self.topic,
            "q": self.search,
            "from": self.since,
            "to": self.until,
            "page": page or self.page,
        }
        used = {
            key: value for key, value in wanted.items() if value and (key, value) != ("page", 1)
        }
        return f"{HOME}?{urlencode(used)}" if used else HOME

    def at(self, page: int) -> Filters:
        return replace(self, page=page)


def read_filters(query: Mapping[str, str], topics: frozenset[str]) -> Filters:
    """Read the address. What makes no sense is left out and named, never an error: people edit
    addresses and keep old bookmarks."""
    ignored = []

    def choice(name: str, allowed: frozenset[str] | tuple[str, ...]) -> str | None:
        value = query.get(name, "")
        if value and value not in allowed:
            ignored.append(name)
        return value if value in allowed else None

    def day(name: str) -> date | None:
        value = query.get(name, "")
        found = read_day(value)
        if value and found is None:
            ignored.append(name)
        return found

    return Filters(
        status=choice("status", STATUSES),
        kind=choice("kind", KINDS),
        topic=choice("topic", topics),
        search=_plain(query.get("q", "")) or None,
        since=day("from"),
        until=day("to"),
        page=_page(query.get("page", "")),
        ignored=tuple(ignored),
    )


def read_day(value: str) -> date | None:
    """A day as YYYY-MM-DD, or None. Years far away are None too: they overflow as moments."""
    try:
        found = date.fromisoformat(value)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2100 else None


def midnight(day: date) -> datetime:
    """The moment a day begins in Shanghai."""
    return datetime.combine(day, time(), SHANGHAI)


def _page(value: str) -> int:
    try:
        return min(max(int(value), 1), _MOST_PAGES)
    except ValueError:
        return 1


def _plain(text: str) -> str:
    """Without control characters: PostgreSQL refuses a NUL even in a question."""
    kept = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cs"})
    return kept.strip()[:_LONGEST_SEARCH]
