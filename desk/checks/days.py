"""Reads a day that has been out of Chinese text: 昨天, 上周三, 8月10号, 去年12月."""

from __future__ import annotations

import calendar
import re
import unicodedata
from datetime import date, timedelta

from desk.checks.amounts import figure

_NUMBER = r"(\d{1,2}|[一二三四五六七八九十]{1,3})"
_FULL = re.compile(r"(20\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})")
_YEAR_MONTH = re.compile(r"(20\d\d)\s*年\s*" + _NUMBER + r"\s*月")
_YEAR = re.compile(r"(20\d\d)\s*年")
_SAID_YEAR = {"后年": 2, "明年": 1, "今年": 0, "去年": -1, "前年": -2, "大前年": -3}
_SAID_MONTH = {"上上个月": -2, "上上月": -2, "上个月": -1, "上月": -1, "这个月": 0, "本月": 0}
_SAID_DAY = {
    "大前天": -3,
    "前天": -2,
    "昨天": -1,
    "昨日": -1,
    "今天": 0,
    "今日": 0,
    "刚刚": 0,
    "刚才": 0,
    "明天": 1,
    "后天": 2,
    "还在持续": 0,
    "没停": 0,
}
_AGO = re.compile(_NUMBER + r"\s*天(?:以)?前")
_MONTH_DAY = re.compile(_NUMBER + r"\s*月\s*" + _NUMBER + r"\s*[日号]?")
_SLASHED = re.compile(r"(?<![\d.])(\d{1,2})[/.-](\d{1,2})(?![\d.])")
_MONTH = re.compile(_NUMBER + r"\s*月份?")
_DAY = re.compile(_NUMBER + r"\s*[日号]")
_WEEKDAY = re.compile(r"(上上|上|这|本)?个?(?:周|星期|礼拜)([一二三四五六日天])")
_WEEK = re.compile(r"(上上|上)个?(?:周|星期|礼拜)")
_WEEKDAYS = {c: n for n, c in enumerate("一二三四五六日")} | {"天": 6}

Span = tuple[date, date]


def read_day(text: str, today: date) -> Span | None:
    """The first and last day that a text can mean, both the same for a certain day; None if it
    names no day, or only one to come.

    >>> today = date(2026, 11, 23)
    >>> [str(read_day(t, today)[0]) for t in ("昨天", "8月10号", "12月3日", "上周三")]
    ['2026-11-22', '2026-08-10', '2025-12-03', '2026-11-18']
    >>> read_day("去年12月", today)
    (datetime.date(2025, 12, 1), datetime.date(2025, 12, 31))
    """
    found = _read(unicodedata.normalize("NFKC", text), today)
    if found is None or found[0] > today:
        return None
    return found[0], min(found[1], today)


def _read(text: str, today: date) -> Span | None:
    if match := _FULL.search(text):
        return _one(int(match[1]), int(match[2]), int(match[3]))
    if match := _YEAR_MONTH.search(text):
        return _month(int(match[1]), _whole(match[2]))
    year = next((today.year + n for word, n in _longest(_SAID_YEAR) if word in text), None)
    if match := _YEAR.search(text):
        year = int(match[1])
    day = next((n for word, n in _longest(_SAID_DAY) if word in text), None)
    if day is not None and year is None:
        return _same(today + timedelta(days=day))
    if match := _AGO.search(text):
        return _same(today - timedelta(days=_whole(match[1])))
    if match := _MONTH_DAY.search(text) or _SLASHED.search(text):
        return _latest(_whole(match[1]), _whole(match[2]), year, today)
    said = next((n for word, n in _longest(_SAID_MONTH) if word in text), None)
    if said is not None:
        return _said_month(text, said, today)
    if match := _MONTH.search(text):
        month = _whole(match[1])
        return _month(year or (today.year if month <= today.month else today.year - 1), month)
    if year is not None:
        return date(year, 1, 1), date(year, 12, 31)
    return _of_week_or_day(text, today)


def _of_week_or_day(text: str, today: date) -> Span | None:
    monday = today - timedelta(days=today.weekday())
    back = {"上上": 2, "上": 1}
    if match := _WEEKDAY.search(text):
        day = monday + timedelta(days=_WEEKDAYS[match[2]] - 7 * back.get(match[1] or "", 0))
        return _same(day - timedelta(days=7) if day > today and not match[1] else day)
    if match := _WEEK.search(text):
        first = monday - timedelta(days=7 * back[match[1]])
        return first, first + timedelta(days=6)
    if match := _DAY.search(text):
        number = _whole(match[1])
        month = today if number <= today.day else today.replace(day=1) - timedelta(days=1)
        return _one(month.year, month.month, number)
    return None


def _said_month(text: str, offset: int, today: date) -> Span | None:
    months = today.year * 12 + today.month - 1 + offset
    year, month = divmod(months, 12)
    if match := _DAY.search(text):
        return _one(year, month + 1, _whole(match[1]))
    return _month(year, month + 1)


def _latest(month: int, day: int, year: int | None, today: date) -> Span | None:
    """A day without its year is the latest that has been."""
    if year is not None:
        return _one(year, month, day)
    this = _one(today.year, month, day)
    return _one(today.year - 1, month, day) if this is None or this[0] > today else this


def _one(year: int, month: int, day: int) -> Span | None:
    try:
        return _same(date(year, month, day))
    except ValueError:
        return None


def _month(year: int, month: int) -> Span | None:
    if not 1 <= month <= 12:
        return None
    return date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def _same(day: date) -> Span:
    return day, day


def _whole(text: str) -> int:
    value = figure(text)
    return int(value) if value is not None else 0


def _longest(words: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(words.items(), key=lambda item: -len(item[0]))
