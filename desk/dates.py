"""Reads a visitor's wish for a time out of Chinese text: days, parts of a day, hours."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from desk.days import NUMBER, find_days, number

_HOUR = re.compile(NUMBER + r"(?:点钟?|时|:)(半|一刻|三刻|" + NUMBER + r"分?)?")
_PARTS = (
    ("上午", time(0), time(12)),
    ("早上", time(0), time(12)),
    ("中午", time(11, 30), time(14)),
    ("下午", time(12), time(18)),
    ("傍晚", time(17), time(20)),
    ("晚上", time(18), time(23, 59)),
)
_NEXT_DAY = re.compile(r"(?:下|就近|这)一?[次场期](?!再)")
# Named before hours are read: 晚一点 is no one o'clock.
_LATE = re.compile(r"晚一?[点些]|迟一?[点些]|靠后|往后|最晚|最后一?个")
_EARLY = re.compile(r"早一?[点些]|靠前|往前|提前一?[点些]")
_LUNAR = re.compile(
    r"农历|阴历|旧历|正月|腊月|冬月|大年|除夕|元宵|端午|中秋|重阳|腊八|小年"
    r"|(?<![最当年])初[一二三四五六七八九十](?![次步级中个])"
)
_VAGUE = re.compile(
    r"过[几两]天|过一?阵|过段时间|这[几两]天|最近几天|近期|改天|哪天都?方便|有空|方便的时候|尽快"
    r"|年[前后底初]|节[前后]|元旦|春节|过年|国庆|五一|开春|再说|看情况"
)
_EARLIEST = re.compile(r"最早|最近|最快|越早越好|都行|都可以|随便|任意|第一个")


@dataclass(frozen=True)
class Wish:
    """A visitor's wish. ``first`` to ``last`` are days (inclusive), ``after`` to ``before`` times
    of day (half-open) on a clock in Shanghai; None where nothing was said. ``earliest``: the first
    opening will do; ``next_day``: any on the next reception day; ``late`` and ``early`` lean within
    what else was said; ``vague``: too loose to decide for the visitor."""

    first: date | None = None
    last: date | None = None
    after: time | None = None
    before: time | None = None
    earliest: bool = False
    next_day: bool = False
    late: bool = False
    early: bool = False
    vague: bool = False

    @property
    def names_days(self) -> bool:
        """Whether anything was said about the day."""
        return self.first is not None or self.earliest or self.next_day

    @property
    def is_hour(self) -> bool:
        """Whether a time was named and not a part of a day."""
        if self.after is None or self.before is None:
            return False
        span = datetime.combine(date.min, self.before) - datetime.combine(date.min, self.after)
        return span <= timedelta(hours=1)

    def on_day(self, moment: datetime) -> bool:
        """Whether a local moment lies on a wished day."""
        day = moment.date()
        return (self.first is None or day >= self.first) and (self.last is None or day <= self.last)

    def at_time(self, moment: datetime) -> bool:
        """Whether a local moment lies in the wished part of the day."""
        clock = moment.time()
        return (self.after is None or clock >= self.after) and (
            self.before is None or clock < self.before
        )


def read_wish(text: str, today: date) -> Wish | None:
    """Read a wish, or None if the text names no time.

    ``today`` is the day in Shanghai. A month and day that passed more than 90 days ago mean next
    year; a nearer past stays past, so that the caller can say so.

    >>> wish = read_wish("下周四上午", date(2026, 11, 23))
    >>> (wish.first.isoformat(), wish.before.isoformat())
    ('2026-12-03', '12:00:00')
    """
    text = unicodedata.normalize("NFKC", text)
    days, rest, loose = find_days(text, today)
    late, early = bool(_LATE.search(rest)), bool(_EARLY.search(rest))
    after, before = _times(_EARLY.sub(" ", _LATE.sub(" ", rest)))
    vague = bool(_VAGUE.search(rest))
    next_day = bool(_NEXT_DAY.search(rest))
    earliest = bool(_EARLIEST.search(rest)) and not vague and not next_day
    said = (days, after, before, earliest or None, next_day or None, late or None, early or None)
    if not vague and not any(part is not None for part in said):
        return None
    first, last = days or (None, None)
    return Wish(first, last, after, before, earliest, next_day, late, early, vague or loose)


def is_lunar(text: str) -> bool:
    """Whether a text names a day of the lunar calendar, which is not converted here.

    >>> [is_lunar(t) for t in ("腊月初八", "农历十一月", "12月8号", "最初一次")]
    [True, True, False, False]
    """
    return bool(_LUNAR.search(unicodedata.normalize("NFKC", text)))


def day_words(text: str, today: date) -> str:
    """The words of a text that name its days, to be said again with another time of day.

    >>> day_words("下周四上午", date(2026, 11, 23))
    '下周四'
    """
    text = unicodedata.normalize("NFKC", text)
    rest = iter(find_days(text, today)[1])
    kept, here = [], next(rest, None)
    for letter in text:
        if letter == here:
            here = next(rest, None)
        else:
            kept.append(letter)
            if here == " ":
                here = next(rest, None)
    return "".join(kept)


def _times(text: str) -> tuple[time | None, time | None]:
    part = next(((after, before) for word, after, before in _PARTS if word in text), None)
    match = _HOUR.search(text)
    if match:
        hour, minute = number(match[1]), _minute(match[2])
        # Nobody is received at three in the morning: 三点 means 15:00 unless 上午 was said.
        if (hour <= 6 and (part is None or part[0] >= time(11, 30))) or (
            part is not None and part[0] >= time(12) and hour < 12
        ):
            hour += 12
        if hour < 24 and minute < 60:
            start = time(hour, minute)
            end = datetime.combine(date.min, start) + timedelta(minutes=30 if match[2] else 60)
            return start, end.time() if end.date() == date.min else None
    return part if part else (None, None)


def _minute(words: str | None) -> int:
    if not words:
        return 0
    return {"半": 30, "一刻": 15, "三刻": 45}.get(words) or number(words.rstrip("分"))
