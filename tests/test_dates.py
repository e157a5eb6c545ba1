"""Reading a wish for a time out of what people write."""

from __future__ import annotations

import random
from datetime import date, datetime, time

import pytest

from desk.dates import Wish, read_wish

# A Monday.
TODAY = date(2026, 11, 23)


def day(month: int, number: int, year: int = 2026) -> tuple[date, date]:
    return (date(year, month, number),) * 2


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("今天", day(11, 23)),
        ("明天可以吗", day(11, 24)),
        ("后天", day(11, 25)),
        ("大后天吧", day(11, 26)),
        ("12月24日", day(12, 24)),
        ("12月24号下午", day(12, 24)),
        ("十二月二十四日", day(12, 24)),
        ("12/24", day(12, 24)),
        ("12.24", day(12, 24)),
        ("2026-12-24", day(12, 24)),
        ("2027年1月28日", day(1, 28, 2027)),
        ("1月28日", day(1, 28, 2027)),
        ("24号", day(11, 24)),
        ("二十四号", day(11, 24)),
        ("3号", day(12, 3)),
        ("下个月24号", day(12, 24)),
        ("下月二十四号", day(12, 24)),
        ("本月26日", day(11, 26)),
        ("周四", day(11, 26)),
        ("星期四", day(11, 26)),
        ("礼拜四", day(11, 26)),
        ("这周四", day(11, 26)),
        ("周一", day(11, 23)),
        ("下周四", day(12, 3)),
        ("下个星期四", day(12, 3)),
        ("下下周四", day(12, 10)),
        ("周4", day(11, 26)),
        ("下周日", day(12, 6)),
        ("下周天", day(12, 6)),
        ("这周", (date(2026, 11, 23), date(2026, 11, 29))),
        ("下周", (date(2026, 11, 30), date(2026, 12, 6))),
        ("下下个星期都行", (date(2026, 12, 7), date(2026, 12, 13))),
        ("下个月", (date(2026, 12, 1), date(2026, 12, 31))),
        ("这个月", (date(2026, 11, 1), date(2026, 11, 30))),
        ("１２月２４日", day(12, 24)),
    ],
)
def test_a_named_day_is_read(text: str, days: tuple[date, date]) -> None:
    wish = read_wish(text, TODAY)
    assert wish is not None
    assert (wish.first, wish.last) == days


@pytest.mark.parametrize(
    ("text", "after", "before"),
    [
        ("下午三点", time(15), time(16)),
        ("三点", time(15), time(16)),
        ("3点半", time(15, 30), time(16)),
        ("下午3点一刻", time(15, 15), time(15, 45)),
        ("15:00", time(15), time(15, 30)),
        ("14：30", time(14, 30), time(15)),
        ("上午十点", time(10), time(11)),
        ("早上6点", time(6), time(7)),
        ("下午", time(12), time(18)),
        ("上午", time(0), time(12)),
        ("晚上", time(18), time(23, 59)),
        ("两点20分", time(14, 20), time(14, 50)),
    ],
)
def test_a_named_time_of_day_is_read(text: str, after: time, before: time) -> None:
    wish = read_wish(text, TODAY)
    assert wish is not None
    assert (wish.first, wish.after, wish.before) == (None, after, before)


def test_day_and_time_are_read_from_one_sentence() -> None:
    wish = read_wish("我想约12月24号下午三点半,可以吗", TODAY)
    assert wish == Wish(*day(12, 24), time(15, 30), time(16))


def test_the_day_is_not_mistaken_for_an_hour() -> None:
    assert read_wish("12月24日", TODAY) == Wish(*day(12, 24))


@pytest.mark.parametrize("text", ["最早的", "越快越好,最快哪天", "都行", "随便", "最近的一次"])
def test_any_time_means_the_earliest(text: str) -> None:
    wish = read_wish(text, TODAY)
    assert wish is not None
    assert wish.earliest


@pytest.mark.parametrize(
    "text",
    [
        "",
        "你好",
        "黄冈市某某新材料有限公司",
        "13800138000",
        "027-87654321",
        "排污权怎么买",
        "第9条说的是什么",
        "园区3号楼",
        "3号线附近",
        "王经理",
    ],
)
def test_words_that_name_no_time_are_no_wish(text: str) -> None:
    assert read_wish(text, TODAY) is None


@pytest.mark.parametrize("text", ["2月30日", "13月1日", "2026-02-30", "99/99", "31号"])
def test_a_day_that_does_not_exist_is_no_wish(text: str) -> None:
    assert read_wish(text, TODAY) is None


def test_a_month_long_past_means_next_year() -> None:
    wish = read_wish("3月4日", TODAY)
    assert wish is not None
    assert wish.first == date(2027, 3, 4)


def test_a_recent_past_stays_past_so_that_the_caller_can_say_so() -> None:
    wish = read_wish("11月2日", TODAY)
    assert wish is not None
    assert wish.last == date(2026, 11, 2)


def test_next_month_after_december_is_january() -> None:
    wish = read_wish("下个月", date(2026, 12, 5))
    assert wish is not None
    assert (wish.first, wish.last) == (date(2027, 1, 1), date(2027, 1, 31))


def test_a_weekday_that_is_over_means_next_week() -> None:
    wish = read_wish("周四", date(2026, 11, 27))
    assert wish is not None
    assert wish.first == date(2026, 12, 3)


def test_a_wish_tells_which_moments_fit() -> None:
    wish = Wish(*day(12, 24), time(14), time(16))
    assert wish.on_day(datetime(2026, 12, 24, 9))
    assert not wish.on_day(datetime(2026, 12, 25, 9))
    assert wish.at_time(datetime(2026, 12, 24, 14))
    assert not wish.at_time(datetime(2026, 12, 24, 16))
    assert Wish().on_day(datetime(2026, 12, 24, 9))
    assert Wish().at_time(datetime(2026, 12, 24, 9))


def test_no_text_whatever_makes_the_reader_fail() -> None:
    pieces = "零〇一二两三四五六七八九十0123456789年月日号点时半刻分:/.-"
    pieces += "周星期礼拜天下个这本上午明后今最早楼 "
    dice = random.Random(9)
    for _ in range(20_000):
        text = "".join(dice.choices(pieces, k=dice.randint(1, 9)))
        try:
            read_wish(text, TODAY)
        except Exception as error:
            pytest.fail(f"{text!r}: {error!r}")


def test_a_very_long_text_is_read_quickly() -> None:
    assert read_wish("环" * 10_000, TODAY) is None
    assert read_wish("1" * 10_000, TODAY) is None
