"""What visitors say in a self-check, in their own words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from desk.checks import moves
from desk.checks.answers import decode, encode, in_words
from desk.checks.load import load_checks
from desk.checks.reading import (
    Said,
    asks_something,
    read,
    read_change,
    read_named,
)
from desk.checks.schema import UNKNOWN, Step
from desk.documents import load_register
from desk.settings import ROOT
from desk.words import Words
from tests.builders import TODAY

CHECKS = load_checks(ROOT / "knowledge", load_register(ROOT / "knowledge")[0], TODAY)
WORDS = Words(ROOT / "knowledge" / "words.yml")


def step(name: str) -> Step:
    """A question by its check and id: ``exemption.area``."""
    check, _, id_ = name.partition(".")
    found = CHECKS[check].check.step(id_)
    assert found is not None
    return found


def value(name: str, text: str) -> Any:
    said = read(step(name), text, TODAY)
    return None if said is None else said.value


@pytest.mark.parametrize(
    ("text", "amount", "about"),
    [
        ("大概两千平", "2000", True),
        ("2000平方米", "2000", False),
        ("3,500㎡", "3500", False),
        ("一千二百平左右", "1200", True),
        ("一万二", "12000", False),
        ("1.2万平米", "12000", False),
        ("两个车间，一共1500平方米", "1500", False),
        ("三千多平", "3000", True),
        ("三亩地", "2000", False),
        ("八百来平", "800", False),
        ("800", "800", False),
        ("两三千平", None, False),
        ("1000到2000平", None, False),
        ("第3车间", None, False),
        ("很大", None, False),
        ("一间500平，一间800平", None, False),
    ],
)
def test_an_area_is_read(text: str, amount: str | None, about: bool) -> None:
    said = read(step("exemption.area"), text, TODAY)
    if amount is None:
        assert said is None
    else:
        assert said == Said(Decimal(amount), about)


@pytest.mark.parametrize(
    ("text", "tonnes"),
    [
        ("3.2吨", "3.2"),
        ("一吨半", "1.5"),
        ("半吨", "0.5"),
        ("800公斤", "0.8"),
        ("零点三吨", "0.3"),
        ("约0.06t", "0.06"),
        ("没有", "0"),
        ("无", "0"),
        ("0", "0"),
        ("十吨出头", "10"),
    ],
)
def test_tonnes_are_read_in_any_unit_of_weight(text: str, tonnes: str) -> None:
    assert value("trading.cod_new", text) == Decimal(tonnes)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("violation.penalised", "去年罚过一次", True),
        ("violation.penalised", "从来没有被罚过", False),
        ("violation.penalised", "头一回", False),
        ("violation.penalised", "没有", False),
        ("violation.penalised", "嗯，有", True),
        ("violation.penalised", "你们局长是谁", None),
        ("violation.aggravating", "都没有", False),
        ("violation.aggravating", "不是故意的", None),
        ("violation.same_kind", "不是同一类", False),
        ("violation.slight", "不算轻微", False),
        ("violation.slight", "小问题", True),
        ("exemption.plating", "没有电镀", False),
        ("exemption.park", "在开发区里面", True),
        ("exemption.park", "园区外面", False),
        ("exemption.running", "还没开业", False),
        ("exemption.running", "已经开业半年了", True),
        ("trading.below_permit", "比许可少排不少", True),
    ],
)
def test_yes_and_no_are_read_in_the_questions_own_words(
    name: str, text: str, expected: bool | None
) -> None:
    assert value(name, text) is expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("exemption.category", "报告表", "form"),
        ("exemption.category", "2", "form"),
        ("exemption.category", "第三个", "registration"),
        ("exemption.category", "应该是登记表吧", "registration"),
        ("exemption.category", "不是报告书", None),
        ("exemption.category", "报告书还是报告表", None),
        ("exemption.trade", "我在恩施开火锅店", "catering"),
        ("exemption.exempt", "窗口说过免", "oral"),
        ("violation.harm", "没造成任何影响", "none"),
        ("violation.harm", "有一点轻微影响", "minor"),
        ("violation.harm", "没有造成严重后果", None),
        ("violation.corrected", "当天就改了", "at_once"),
        ("violation.corrected", "还没改完", "not_yet"),
        ("violation.stage", "收到告知书了", "notified"),
        ("trading.source", "隔壁市买", "other_city"),
        ("trading.sector", "养猪场", "farming"),
    ],
)
def test_a_choice_is_read_by_title_place_or_other_words(
    name: str, text: str, expected: str | None
) -> None:
    assert value(name, text) == expected


@pytest.mark.parametrize("rules", CHECKS.values(), ids=CHECKS)
@pytest.mark.parametrize(
    "text", ["不清楚", "我也不太清楚", "不知道", "说不准啊", "忘了", "不记得了"]
)
def test_not_to_know_is_an_answer_to_every_question(rules: Any, text: str) -> None:
    for one in rules.check.steps:
        assert read(one, text, TODAY) == Said(UNKNOWN), one.id


@pytest.mark.parametrize("rules", CHECKS.values(), ids=CHECKS)
def test_every_option_is_read_by_its_title_and_by_each_of_its_words(rules: Any) -> None:
    for one in rules.check.steps:
        for option in one.options:
            for word in (option.title, *option.words):
                assert value(f"{rules.check.id}.{one.id}", word) == option.id, (one.id, word)
        for word, expected in (
            *((w, True) for w in one.yes_words),
            *((w, False) for w in one.no_words),
        ):
            assert value(f"{rules.check.id}.{one.id}", word) is expected, (one.id, word)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("昨天", "2026-11-22", None),
        ("今天刚发生的", "2026-11-23", None),
        ("11月3日", "2026-11-03", None),
        ("12月3日", "2025-12-03", None),
        ("2026年8月14号", "2026-08-14", None),
        ("2026-08-14", "2026-08-14", None),
        ("去年12月1号", "2025-12-01", None),
        ("上周三", "2026-11-18", None),
        ("上个月15号", "2026-10-15", None),
        ("15号", "2026-11-15", None),
        ("28号", "2026-10-28", None),
        ("十天前", "2026-11-13", None),
        ("上个月", "2026-10-01", "2026-10-31"),
        ("去年", "2025-01-01", "2025-12-31"),
        ("8月份", "2026-08-01", "2026-08-31"),
        ("前年3月", "2024-03-01", "2024-03-31"),
        ("明年1月1日", None, None),
        ("2月30日", None, None),
        ("2027-01-01", None, None),
        ("很久了", None, None),
    ],
)
def test_a_day_that_has_been_is_read(text: str, first: str | None, last: str | None) -> None:
    said = read(step("violation.done_on"), text, TODAY)
    if first is None:
        assert said is None
    else:
        end = date.fromisoformat(last) if last else None
        assert said == Said(date.fromisoformat(first), last=end)


def test_amounts_are_read_with_their_names() -> None:
    found = read_named(
        CHECKS["trading"].check.steps, "印染扩建，COD新增9.2吨，氨氮700公斤，其他没有"
    )
    assert {id_: said.value for id_, said in found.items()} == {
        "cod_new": Decimal("9.2"),
        "ammonia_new": Decimal("0.7"),
    }
    assert read_named(CHECKS["trading"].check.steps, "帮我算算排污权") == {}


def test_an_earlier_answer_is_corrected_by_its_name() -> None:
    answered = [step("exemption.category"), step("exemption.area")]
    change = read_change(answered, "刚才面积说错了，是三千", TODAY)
    assert change is not None
    assert (change.step.id, change.said) == ("area", Said(Decimal(3000)))
    change = read_change(answered, "名录类别改成报告表", TODAY)
    assert change is not None
    assert (change.step.id, change.said) == ("category", Said("form"))
    change = read_change(answered, "点错了", TODAY)
    assert change is not None
    assert (change.step.id, change.said) == ("area", None)
    assert read_change(answered, "行业说错了", TODAY) is None
    assert read_change(answered, "三千平", TODAY) is None


@pytest.mark.parametrize("text", ["上一步", "返回上一题", "回到上一个问题", "退回上一步吧"])
def test_back(text: str) -> None:
    assert moves.wants_back(text)


@pytest.mark.parametrize("text", ["为什么问这个", "问这个干嘛？", "这个有什么用", "为啥要问这些"])
def test_why(text: str) -> None:
    assert moves.asks_why(text)


@pytest.mark.parametrize(
    "text", ["先停一下", "不查了", "待会再说", "先到这里", "退出自查", "算了", "不测了"]
)
def test_stop(text: str) -> None:
    assert moves.wants_to_stop(text)


@pytest.mark.parametrize("text", ["继续", "继续自查", "接着刚才的做", "接着做吧", "回到刚才的自查"])
def test_go_on(text: str) -> None:
    assert moves.wants_to_go_on(text)


@pytest.mark.parametrize(
    "text", ["停产整改要多久", "为什么要做环评", "上一次罚过", "继续生产会不会罚"]
)
def test_what_only_sounds_like_a_move_is_none(text: str) -> None:
    wants = (moves.wants_back, moves.asks_why, moves.wants_to_stop, moves.wants_to_go_on)
    assert not any(want(text) for want in wants)


def test_a_mild_question_mark_is_no_question() -> None:
    assert not asks_something("应该没有吧？")
    assert asks_something("餐饮要不要填登记表")


@pytest.mark.parametrize(
    ("name", "kept", "shown"),
    [
        ("exemption.category", "form", "报告表"),
        ("violation.penalised", False, "否"),
        ("exemption.area", Decimal("2000.50"), "2000.5平方米"),
        ("violation.done_on", date(2026, 8, 1), "2026年8月1日"),
        ("violation.done_on", UNKNOWN, "不清楚"),
    ],
)
def test_an_answer_survives_its_storing(name: str, kept: Any, shown: str) -> None:
    one = step(name)
    assert decode(one, encode(Said(kept))) == kept
    assert in_words(one, kept, WORDS) == shown


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("exemption.category", {"value": "gone"}),
        ("violation.penalised", {"value": "yes"}),
        ("exemption.area", {"value": "viel"}),
        ("violation.done_on", {"value": "gestern"}),
        ("exemption.area", None),
    ],
)
def test_an_answer_that_fits_no_more_is_none(name: str, stored: Any) -> None:
    assert decode(step(name), stored) is None
