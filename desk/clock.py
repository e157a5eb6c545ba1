"""Time: Asia/Shanghai for people, UTC in the database, ``now`` always handed in by the door."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

# China has one zone and no summer time since 1991; a fixed offset needs no zone database.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def utc_now() -> datetime:
    """The present, aware, in UTC. Only doors call this; services take ``now``."""
    return datetime.now(timezone.utc)


def local(moment: datetime) -> datetime:
    """The same moment on a clock in Shanghai."""
    return moment.astimezone(SHANGHAI)


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with ``Z``, as the public API gives it."""
    return moment.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
