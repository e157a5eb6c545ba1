"""Finds the days that a Chinese text names: dates, weekdays, weeks, months and parts of months."""

from __future__ import annotations

import calendar
import re
from datetime import date, timedelta

_DIGITS = {c: n for n, c in enumerate("一二三四五六七八九", 1)} | {"两": 2}
_WEEKDAYS = {**{c: i for i, c in enumerate("一二三四五六日", 0)}, "天": 6}
_WEEKDAYS |= {str(i + 1): i for i in range(7)}
_UNIT = "[一二两三四五六七八九]"
NUMBER = rf"(\d{{1,2}}|{_UNIT}?十{_UNIT}?|{_UNIT})"

_ISO = re.compile(r"(20\d\d)[-/.年](\d{1,2})[-/.月](\d{1,2})")
_MONTH_DAY = re.compile(NUMBER + r"月" + NUMBER + r"(?:日|号)?")
_MONTH_ONLY = re.compile(NUMBER + r"月(?:份)?(?!\d|[一二三四五六七八九十])")
_SLASHED = re.compile(r"(?<!\d)(\d{1,2})[/.](\d{1,2})(?!\d)")
_MONTH_REF = re.compile(r"(下个?月|这个?月|本月)(?:的)?" + NUMBER + r"?(?:日|号)?")
_DAY = re.compile(r"(?<![\d月])" + NUMBER + r"(?:日|号)(?!楼|门|线|公司|厂)")
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
_WEEKEND = re.compile(r"(下下|下|这|本)?个?周末")
_PART_OF_MONTH = re.compile(
    r"(?:(下个?月|这个?月|本月)|"
    + NUMBER
    + r"月)?(?:的)?(上旬|中旬|下旬|月初|初|月中|月底|月末|底|末)"
)
_SPANS = {
    "上": (1, 10),
    "初": (1, 10),
    "中": (11, 20),
    "下": (21, 31),
    "底": (21, 31),
    "末": (21, 31),
}
_LATEST_PAST_DAYS = 90


def find_days(text: str, today: date) -> tuple[tuple[date, date] | None, str, bool]:
    """The wished days, the text without the words that named them, and whether they are loose."""
    for word, offset in _RELATIVE:
        if word in text:
            day = today + timedelta(days=offset)
            return (day, day), text.replace(word, " ", 1), False
    for pattern, build in (
        (_ISO, _from_iso),
        (_PART_OF_MONTH, _from_part_of_month),
        (_MONTH_DAY, _from_month_day),
        (_WEEKEND, _from_weekend),
        (_WEEK, _from_week),
        (_WEEK_WHOLE, _from_whole_week),
        (_MONTH_REF, _from_month),
        (_MONTH_ONLY, _from_month_only),
        (_SLASHED, _from_month_day),
        (_DAY, _from_day),
    ):
        match = pattern.search(text)
        days = build(match, today) if match else None
        if match and days:
            loose = pattern in (_PART_OF_MONTH, _WEEKEND)
            return days, text[: match.start()] + " " + text[match.end() :], loose
    return None, text, False


def _from_iso(match: re.Match[str], today: date) -> tuple[date, date] | None:
    return _one_day(int(match[1]), int(match[2]), int(match[3]))


def _from_month_day(match: re.Match[str], today: date) -> tuple[date, date] | None:
    month, day = number(match[1]), number(match[2])
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
    span = _month_after(today) if match[1].startswith("下") else _month(today.year, today.month)
    if match[2]:
        return _one_day(span[0].year, span[0].month, number(match[2]))
    return span


def _from_month_only(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """12月: this year's, or next year's once it is over."""
    return _from_month_number(number(match[1]), today)


def _from_month_number(month: int, today: date) -> tuple[date, date] | None:
    if not 1 <= month <= 12:
        return None
    return _month(today.year + (month < today.month), month)


def _from_part_of_month(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """下个月初, 12月下旬, 月底: of this month if nothing else is said and it is not over."""
    months = [_month(today.year, today.month), _month_after(today)]
    if match[1]:
        chosen = months[1] if match[1].startswith("下") else months[0]
    elif match[2]:
        named = _from_month_number(number(match[2]), today)
        if named is None:
            return None
        chosen = named
    elif match[3] in "初底末":
        return None
    else:
        chosen = months[0]
    begins, ends = _SPANS[match[3].removeprefix("月")[0]]
    last = chosen[1]
    span = (chosen[0].replace(day=begins), last.replace(day=min(ends, last.day)))
    if span[1] < today and not (match[1] or match[2]):
        following = months[1]
        return (
            following[0].replace(day=begins),
            following[1].replace(day=min(ends, following[1].day)),
        )
    return span


def _from_weekend(match: re.Match[str], today: date) -> tuple[date, date] | None:
    monday = today - timedelta(days=today.weekday())
    monday += timedelta(weeks=len(match[1]) if (match[1] or "").startswith("下") else 0)
    return monday + timedelta(days=5), monday + timedelta(days=6)


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _month_after(day: date) -> tuple[date, date]:
    return _month(day.year + day.month // 12, day.month % 12 + 1)


def _from_day(match: re.Match[str], today: date) -> tuple[date, date] | None:
    """A bare day of the month: this month's if still to come, else next month's."""
    day = number(match[1])
    if day < today.day:
        year, month = (today.year + 1, 1) if today.month == 12 else (today.year, today.month + 1)
        return _one_day(year, month, day)
    return _one_day(today.year, today.month, day)


def _one_day(year: int, month: int, day: int) -> tuple[date, date] | None:
    try:
        return (date(year, month, day),) * 2
    except ValueError:
        return None


def number(words: str) -> int:
    """A number up to 99 in digits or Chinese.

    >>> [number(w) for w in ("12", "十二", "二十", "两", "三十一")]
    [12, 12, 20, 2, 31]
    """
    if words.isdigit():
        return int(words)
    if "十" in words:
        tens, _, units = words.partition("十")
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[units] if units else 0)
    return _DIGITS[words]
