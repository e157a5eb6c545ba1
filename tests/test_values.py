"""Picking a value out of an answer."""

from __future__ import annotations

import pytest

from desk.values import (
    count_in,
    ends_like_a_firm,
    firm_in,
    looks_like_a_person,
    only_counts,
    person_in,
    place_in,
)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("武汉某某有限公司", "武汉某某有限公司"),
        ("我们公司叫武汉某某有限公司", "武汉某某有限公司"),
        ("我们这边是武汉某某厂。", "武汉某某厂"),
        ("公司全称是武汉某某有限公司", "武汉某某有限公司"),
        ("单位:武汉某某有限公司", "武汉某某有限公司"),
        ("为民药业", "为民药业"),
        ("", ""),
    ],
)
def test_the_words_around_a_firm_are_left_out(text: str, name: str) -> None:
    assert firm_in(text) == name


@pytest.mark.parametrize("text", ["某某公司", "王记早餐店", "某某合作社", "某某检测中心", "某某厂"])
def test_most_firms_end_like_firms(text: str) -> None:
    assert ends_like_a_firm(text)


@pytest.mark.parametrize("text", ["", "公司环评怎么办", "王经理", "排污权", "13800138000"])
def test_other_words_do_not(text: str) -> None:
    assert not ends_like_a_firm(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("王经理", "王经理"),
        ("我姓王", "王"),
        ("免贵姓李", "李"),
        ("姓名:王五", "王五"),
        ("本人", ""),
    ],
)
def test_the_words_around_a_person_are_left_out(text: str, name: str) -> None:
    assert person_in(text) == name


def test_a_chinese_name_may_carry_a_form_of_address() -> None:
    assert all(map(looks_like_a_person, ("张三", "欧阳锋", "王经理", "王小明先生")))
    assert not any(map(looks_like_a_person, ("", "王", "John", "排污权交易和碳交易", "王2")))


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("3", 3),
        ("来3个人", 3),
        ("十个", 10),
        ("十二位", 12),
        ("二十三人", 23),
        ("俩", 2),
        ("就我", 1),
        ("0", 0),
        ("30个人", 30),
        ("-1", None),
        ("1.5", None),
        ("2-3人", None),
        ("2~3人", None),
        ("三到五个人", None),
        ("三四个人", None),
        ("1234567", None),
        ("很多", None),
        ("", None),
    ],
)
def test_one_number_of_people_is_read_and_a_range_is_not(text: str, count: int | None) -> None:
    assert count_in(text) == count


def test_a_bare_head_count_is_told_from_a_sentence() -> None:
    assert all(map(only_counts, ("3", "三个人", "一共3位", "3人吧", "两个人来")))
    assert not any(map(only_counts, ("", "转人工", "不要3个人", "3人,其中1名律师", "个人怎么办")))


@pytest.mark.parametrize(
    ("text", "place"),
    [("1", 1), ("第二个", 2), ("第3项", 3), ("九", 9), ("10", None), ("0", None), ("三点", None)],
)
def test_a_place_in_a_list_is_read(text: str, place: int | None) -> None:
    assert place_in(text) == place
