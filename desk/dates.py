"""Reads a visitor's wish for a time out of Chinese text: days, parts of a day, hours."""

from __future__ import annotations

import calendar
import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

_DIGITS = {c: n for n, c in enumerate("一二三四五六七八九", 1)} | {"两": 2}
_WEEKDAYS = {**{c: i for i, c in enumerate("一二三四五六日", 0)}, "天": 6}
_WEEKDAYS |= {str(i + 1): i for i in range(7)}
_UNIT = "[一二两三四五六七八九]"
_NUMBER = rf"(\d{{1,2}}|{_UNIT}?十{_UNIT}?|{_UNIT})"

_ISO = re.compile(r"(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})")
_MONTH_DAY = re.compile(_NUMBER + r"月" + _NUMBER + r"(?:日|号)?")
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})[/.](\d{1,2})(?!\d)")
_MONTH_REF = re.compile(r"(下个?月|这个?月|本月)(?:的)?" + _NUMBER + r"?(?:日|号)?")
_DAY = re.compile(r"(?<![\d月])" + _NUMBER + r"(?:日|号)(?!楼|门|线|公司|厂)")
_WEEK = re.compile(r"(下下|下|这|本)?个?(?:周|星期|礼拜)([一二三四五六日天1-7])")
_WEEK_WHOLE = re.compile(r"(下下|下|这|本)个?(?:周|星期|礼拜)(?![一二三四五六日天1-7])")
_RELATIVE = (
    ("大后天", 3),
    ("后天", 2),
    ("明天", 1),
    ("明日", 1),
    ("今天", 0),
    ("今日", 0),
    ("昨天", -1),
    ("昨日", -1),
    ("大前天", -3),
    ("前天", -2),
)
_HOUR = re.compile(_NUMBER + r"(?:点钟?|时|:)(半|一刻|三刻|" + _NUMBER + r"分?)?")
_PARTS = (
    ("上午", time(0), time(12)),
    ("早上", time(0), time(12)),
    ("中午", time(11, 30), time(14)),
    ("下午", time(12), time(18)),
    ("傍晚", time(17), time(20)),
    ("晚上", time(18), time(23, 59)),
)
_EARLIEST = re.compile(r"最早|最近|最快|越早越好|都行|都可以|随便|任意|第一个")
_LATEST_PAST_DAYS = 90


@dataclass(frozen=True)
class Wish:
    """A visitor's wish. ``first`` to ``last`` are days (inclusive), ``after`` to ``before`` times
    of day (half-open) on a clock in Shanghai; None where nothing was said."""

    first: date | None = None
    last: date | None = None
    after: time | None = None
    before: time | None = None
    earliest: bool = False

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
    days, rest = _days(text, today)
    after, before = _times(rest)
    earliest = bool(_EARLIEST.search(text))
    if days is None and after is None and before is None and not earliest:
        return None
    first, last = days or (None, None)
    return Wish(first, last, after, before, earliest)


def _days(text: str, today: date) -> tuple[tuple[date, date] | None, str]:
    """The wished days, and the text without the words that named them."""
    for word, offset in _RELATIVE:
        if word in text:
            day = today + timedelta(days=offset)
            return (day, day), text.replace(word, " ")
    for pattern, build in (
        (_ISO, _from_iso),
        (_MONTH_DAY, _from_month_day),
        (_WEEK, _from_week),
        (_WEEK_WHOLE, _from_whole_week),
        (_MONTH_REF, _from_month),
        (_SLASHED, _from_month_day),
        (_DAY, _from_day),
    ):
        match = pattern.search(text)
        days = build(match, today) if match else None
        if match and days:
            return days, text[: match.start()] + " " + text[match.end() :]
    return None, text


def _from_iso(match: re.Match[str], today: date) -> tuple[date, date] | None:
    return _one_day(int(match[1]), int(match[2]), int(match[3]))


def _from_month_day(match: re.Match[str], today: date) -> tuple[date, date] | None:
    month, day = _number(match[1]), _number(match[2])
    days = _one_day(today.year, month, day)
    if days and (today - days[0]).days > _LATEST_PAST_DAYS:
        days = _one_day(today.year + 1, month, day)
    return days


def _from_week(match: re.Match[str], today: date) -> tuple[date, date] | None:
    monday = today - timedelta(days=today.weekday())
    day = monday + timedelta(days=_WEEKDAYS[match[2]])
    if match[1] in ("下", "下下"):
        day += timedelta(weeks=len(match[1]))
    elif match[1] is None and day < today:
        day += timedelta(weeks=1)
    return day, day


def _from_whole_week(match: re.Match[str], today: date) -> tuple[date, date] | None:
    monday = today - timedelta(days=today.weekday())
    monday += timedelta(weeks=len(match[1]) if match[1].startswith("下") else 0)
    return monday, monday + timedelta(days=6)


def _from_month(match: re.Match[str], today: date) -> tuple[date, date] | None:
    year, month = today.year, today.month
    if match[1].startswith("下"):
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    if match[2]:
        return _one_day(year, month, _number(match[2]))
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _from_day(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """A bare day of the month: this month's if still to come, else next month's."""
    day = _number(match[1])
    if day < today.day:
        year, month = (today.year + 1, 1) if today.month == 12 else (today.year, today.month + 1)
        return _one_day(year, month, day)
    return _one_day(today.year, today.month, day)


def _one_day(year: int, month: int, day: int) -> tuple[date, date] | None:
    try:
        return (date(year, month, day),) * 2
    except ValueError:
        return None


def _times(text: str) -> tuple[time | None, time | None]:
    part = next(((after, before) for word, after, before in _PARTS if word in text), None)
    match = _HOUR.search(text)
    if match:
        hour, minute = _number(match[1]), _minute(match[2])
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
    return {"半": 30, "一刻": 15, "三刻": 45}.get(words) or _number(words.rstrip("分"))


def _number(words: str) -> int:
    """A number up to 99 in digits or Chinese.

    >>> [_number(w) for w in ("12", "十二", "二十", "两", "三十一")]
    [12, 12, 20, 2, 31]
    """
    if words.isdigit():
        return int(words)
    if "十" in words:
        tens, _, units = words.partition("十")
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[units] if units else 0)
    return _DIGITS[words]
