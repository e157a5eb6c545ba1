"""Slows down guessing of passwords: a bounded memory of failed attempts."""

from __future__ import annotations

import threading
from collections import OrderedDict


class Throttle:
    """At most ``most`` failed attempts per key ``within`` so many seconds.

    An attempt counts as failed until it is forgiven, so that attempts made side by side cannot
    slip through. The ``keep`` most recently used keys are remembered: a flood of made-up names
    must not fill the memory. (``limits`` can do neither: its memory keeps every key it ever saw,
    and it counts one key at a time.)

    >>> throttle = Throttle(most=1, within=60)
    >>> throttle.take("name", now=0.0), throttle.take("name", now=20.0)
    (0.0, 40.0)
    """

    def __init__(self, most: int = 5, within: float = 600.0, keep: int = 10_000) -> None:
        self._most, self._within, self._keep = most, within, keep
        self._failed: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, *keys: str, now: float) -> float:
        """Count an attempt for all keys, or return the seconds to wait if one has used up its."""
        with self._lock:
            recent = {
                key: [t for t in self._failed.get(key, ()) if now - t < self._within]
                for key in keys
            }
            wait = max(
                (t[0] + self._within - now for t in recent.values() if len(t) >= self._most),
                default=0.0,
            )
            if wait:
                return wait
            for key, times in recent.items():
                self._failed[key] = [*times, now]
                self._failed.move_to_end(key)
            while len(self._failed) > self._keep:
                self._failed.popitem(last=False)
            return 0.0

    def forgive(self, *keys: str) -> None:
        """The last attempt succeeded: it does not count."""
        with self._lock:
            for key in keys:
                if self._failed.get(key):
                    self._failed[key].pop()
