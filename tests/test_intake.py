"""Answers to the questions of a booking, read in the context of what was asked.

Tables of: asked field, words, what the ranking made of them, what was heard. ``None`` instead of
values means "no answer": the dialogue handles the message and the form asks again.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest

from desk.decision import Decision
from desk.errors import (
    ConfirmUnclear,
    DeskError,
    InvalidAttendees,
    InvalidCompany,
    InvalidContact,
    InvalidGoal,
    InvalidPhone,
    InvalidSubject,
    InvalidUscc,
    LunarDate,
    OpeningNotOffered,
    OpeningPast,
    OpeningUnclear,
    OpeningVague,
    WishFull,
)
from desk.services import intake
from desk.services.intake import FIELDS, Heard, hear
from desk.services.intake.times import shown
from desk.services.openings import Offer
from desk.utterance import wants_to_leave
from tests.builders import a_decision, asked, the_offers, undecided

ERRORS = {
    "opening": OpeningUnclear,
    "company": InvalidCompany,
    "contact": InvalidContact,
    "phone": InvalidPhone,
    "attendees": InvalidAttendees,
    "subject": InvalidSubject,
    "goal": InvalidGoal,
    "confirm": ConfirmUnclear,
}
# What the ranking made of a message: nothing, or one id it is certain or not so certain of.
UNSURE = undecided()
POLICY = a_decision("trading.emission_rights")
MAYBE_POLICY = a_decision("trading.emission_rights", 0.5)
ABOUT_DAYS = a_decision("reception.about")
GREETING = a_decision("smalltalk.greet")
HUMAN = a_decision("task.human")
YES = a_decision("affirm")
NO = a_decision("deny")
STOP = a_decision("stop")
CANCEL = a_decision("task.cancel")


def read(field: str, text: str, decision: Decision = UNSURE, **more: Any) -> Heard:
    heard = hear(asked(field, **more), text, decision)
    assert heard is not None, "taken for no answer"
    return heard


def refused(field: str, text: str, decision: Decision = UNSURE, **more: Any) -> type[DeskError]:
    """The error an answer was refused with; the field is then asked again."""
    heard = read(field, text, decision, **more)
    assert heard.values[field] is None
    assert heard.error is not None
    return type(heard.error)


# -- values -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "opening"),
    [
        ("1", 1),
        ("第二个", 2),
        ("三", 3),
        ("第5项", 5),
        ("26号下午三点半", 3),
        ("11月26日15:30", 3),
        ("12月24日14:30", 4),
        ("周四下午三点", 2),
        ("12月24号下午两点半", 4),
        ("最早的", 1),
        ("最近的一次", 1),
        ("都行", 1),
        ("12月最早的", 4),
        ("12月24日最早的那个", 4),
    ],
)
def test_a_time_that_means_one_opening_is_taken(text: str, opening: int) -> None:
    assert read("opening", text).values == {"opening": opening, "wish": None}


@pytest.mark.parametrize("text", ["12月24号", "周四", "下午", "下个月", "下午三点"])
def test_a_time_that_means_several_openings_is_kept_as_a_wish(text: str) -> None:
    heard = read("opening", text)
    assert heard.values == {"opening": None, "wish": text}
    assert heard.error is None


@pytest.mark.parametrize(("text", "opening"), [("1", 4), ("第二个", 5)])
def test_a_number_means_what_was_shown_last(text: str, opening: int) -> None:
    assert read("opening", text, wish="12月24号").values["opening"] == opening


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("明天", OpeningNotOffered),
        ("下周四", OpeningNotOffered),
        ("上午", OpeningNotOffered),
        ("12月24日上午", OpeningNotOffered),
        ("11月2日", OpeningPast),
        ("随你们安排", OpeningUnclear),
        ("第9个", OpeningUnclear),
        ("2月30日", OpeningUnclear),
    ],
)
def test_a_time_that_cannot_be_booked_says_why(text: str, error: type[DeskError]) -> None:
    assert refused("opening", text) is error


def test_a_wrong_time_of_a_right_day_shows_that_day_again() -> None:
    assert read("opening", "12月24日上午").values["wish"] == "12月24日上午"


@pytest.mark.parametrize(
    ("text", "company"),
    [
        ("黄冈市某某新材料有限公司", "黄冈市某某新材料有限公司"),
        ("湖北某某化工（集团）股份有限公司", "湖北某某化工(集团)股份有限公司"),
        ("我们公司叫武汉某某有限公司", "武汉某某有限公司"),
        ("我们是黄石某某矿业", "黄石某某矿业"),
        ("公司名称：武汉某某有限公司", "武汉某某有限公司"),
        ("单位名称为武汉某某有限公司", "武汉某某有限公司"),
        ("是武汉某某厂。", "武汉某某厂"),
        ("为民药业有限公司", "为民药业有限公司"),
        ("王记热干面", "王记热干面"),
        ("个体户张三", "个体户张三"),
        ("几何新材料有限公司", "几何新材料有限公司"),
    ],
)
def test_a_company_is_taken_without_the_words_around_it(text: str, company: str) -> None:
    assert read("company", text).values == {"company": company}


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("黄冈市排污权交易中心有限公司", POLICY),
        ("湖北环评检测有限公司", a_decision("eia.procedure")),
        ("武汉碳市场咨询有限公司", a_decision("carbon.market")),
        ("人工智能科技有限公司", HUMAN),
        ("预约天下旅行社", a_decision("task.book")),
        ("取消烦恼心理咨询中心", CANCEL),
        ("算了吧小吃店", STOP),
    ],
)
def test_a_firm_that_is_called_like_our_business_is_still_a_firm(
    text: str, decision: Decision
) -> None:
    assert read("company", text, decision).values == {"company": text}


@pytest.mark.parametrize(
    ("text", "contact"),
    [
        ("王经理", "王经理"),
        ("张三", "张三"),
        ("李", "李"),
        ("我姓王", "王"),
        ("我叫张三", "张三"),
        ("免贵姓李", "李"),
        ("联系人：王五", "王五"),
        ("联系人是王五。", "王五"),
        ("周经理", "周经理"),
        ("阿依古丽·买买提", "阿依古丽·买买提"),
        ("John Smith", "John Smith"),
    ],
)
def test_a_contact_is_taken_without_the_words_around_it(text: str, contact: str) -> None:
    assert read("contact", text).values == {"contact": contact}


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("13800138000", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("我的电话是13800138000", "13800138000"),
        ("13800138000可以吗", "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("+86 13800138000", "13800138000"),
        ("027-87654321", "02787654321"),
        ("座机0713-8351234", "07138351234"),
    ],
)
def test_a_mobile_or_landline_number_is_taken(text: str, phone: str) -> None:
    assert read("phone", text).values == {"phone": phone}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("3", 3),
        ("３", 3),
        ("3个人", 3),
        ("三个人", 3),
        ("两位", 2),
        ("一共5人", 5),
        ("俩", 2),
        ("就我一个", 1),
        ("我自己", 1),
        ("我和王经理两个", 2),
    ],
)
def test_a_number_of_visitors_is_taken(text: str, count: int) -> None:
    assert read("attendees", text).values == {"attendees": count}


def test_a_head_count_is_no_wish_for_a_person() -> None:
    assert read("attendees", "三个人", HUMAN).values == {"attendees": 3}


@pytest.mark.parametrize(
    ("text", "decision", "also_answer"),
    [
        ("咨询排污权", POLICY, False),
        ("重大变动怎么认定", POLICY, True),
        ("重大变动怎么认定", UNSURE, False),
        ("取消处罚怎么申请", POLICY, True),
        ("环评批复写错了怎么改", POLICY, True),
        ("想当面问罚款的事,电话一直打不通", UNSURE, False),
    ],
)
def test_whatever_is_said_as_subject_is_the_subject(
    text: str, decision: Decision, also_answer: bool
) -> None:
    heard = read("subject", text, decision)
    expected = {"subject": text, "about": None, "goal": ""}
    assert (heard.values, heard.also_answer) == (expected, also_answer)


@pytest.mark.parametrize(
    ("text", "decision"),
    [("确认提交", UNSURE), ("好的", UNSURE), ("对", UNSURE), ("嗯嗯", UNSURE), ("要得", YES)],
)
def test_a_yes_confirms(text: str, decision: Decision) -> None:
    assert read("confirm", text, decision).values == {"confirm": True}


# -- refused values -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("company", "12345"),
        ("company", "嗯"),
        ("company", "...."),
        ("phone", "123"),
        ("phone", "12"),
        ("phone", "110"),
        ("phone", "1380013800"),
        ("phone", "没有"),
        ("phone", "电话不方便给"),
        ("attendees", "0"),
        ("attendees", "-1"),
        ("attendees", "30个人"),
        ("attendees", "二十三"),
        ("attendees", "3.5"),
        ("attendees", "2-3人"),
        ("attendees", "三到五个人"),
        ("attendees", "三四个"),
        ("attendees", "一百人"),
        ("attendees", "很多"),
        ("subject", "环"),
        ("subject", "13800138000"),
        ("confirm", "随便"),
        ("confirm", "12345"),
    ],
)
def test_a_wrong_value_is_refused_and_asked_again(field: str, text: str) -> None:
    assert refused(field, text) is ERRORS[field]


def test_the_bound_of_visitors_is_the_offices() -> None:
    assert read("attendees", "30个人", most_attendees=50).values == {"attendees": 30}
    error = read("attendees", "30个人", most_attendees=8).error
    assert error is not None
    assert error.facts == {"most": 8}


@pytest.mark.parametrize("decision", [YES, NO])
@pytest.mark.parametrize("field", ["company", "contact"])
def test_a_yes_or_no_is_nobodys_name(field: str, decision: Decision) -> None:
    assert refused(field, "好的", decision) is ERRORS[field]


def test_a_no_to_the_confirmation_asks_what_is_wrong() -> None:
    assert refused("confirm", "不对", NO) is ConfirmUnclear


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "😀",
        "🙂👍🏽",
        "\x00",
        "\u202e",
        ". . . .",
        "1" * 10_000,
        "字" * 10_000,
        "😀" * 3000,
    ],
)
def test_rubbish_is_refused_by_every_field(field: str, text: str) -> None:
    assert refused(field, text) is ERRORS[field]


@pytest.mark.parametrize("field", sorted(set(FIELDS) - {"subject", "goal"}))
@pytest.mark.parametrize(
    "text", ["'; DROP TABLE appointment;--", "<script>alert()</script>", "/book", "{0}%s"]
)
def test_code_is_refused_by_every_field_but_the_free_one(field: str, text: str) -> None:
    assert refused(field, text) is ERRORS[field]


def test_code_as_a_subject_is_text() -> None:
    text = "'; DROP TABLE appointment;--"
    assert read("subject", text).values["subject"] == text


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("text", ["公司" * 5000, "1 " * 5000, "是" * 10_000, "改成" * 5000])
def test_ten_thousand_characters_are_read_in_a_moment(field: str, text: str) -> None:
    started = time.process_time()
    hear(asked(field), text, UNSURE)
    assert time.process_time() - started < 1


# -- no answer: the dialogue handles it ----------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "text", "decision"),
    [
        ("opening", "有停车场吗", UNSURE),
        ("opening", "几点开门", UNSURE),
        ("opening", "12月24日前要交排污费吗", POLICY),
        ("opening", "排污权交易", POLICY),
        ("company", "排污权要买多少钱", POLICY),
        ("company", "排污权交易", POLICY),
        ("company", "某某公司环评要多少天？", UNSURE),
        ("company", "能不能不写公司", UNSURE),
        ("contact", "为什么要填", UNSURE),
        ("contact", "排污权怎么买", POLICY),
        ("contact", "王经理可以吗", UNSURE),
        ("phone", "为什么要电话", UNSURE),
        ("phone", "排污权交易", POLICY),
        ("attendees", "可以带律师吗", UNSURE),
        ("attendees", "排污权怎么买", POLICY),
        ("confirm", "排污权怎么买", POLICY),
        ("confirm", "排污权交易", POLICY),
        *((field, "你好", GREETING) for field in FIELDS if field != "subject"),
        *((field, "转人工", HUMAN) for field in FIELDS),
    ],
)
def test_a_question_small_talk_and_a_wish_for_a_person_are_no_answers(
    field: str, text: str, decision: Decision
) -> None:
    assert hear(asked(field), text, decision) is None


def test_a_question_about_the_reception_days_may_name_the_wished_day() -> None:
    assert read("opening", "最早能不能约12月24日", ABOUT_DAYS).values["opening"] == 4


def test_an_uncertain_guess_at_a_topic_does_not_turn_a_value_into_a_question() -> None:
    assert read("company", "王记热干面", MAYBE_POLICY).values == {"company": "王记热干面"}


# -- leaving --------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("text", ["算了", "不约了", "取消", "那算了吧", "先不填了", "退出", "停"])
def test_leaving_is_understood_whatever_was_asked(field: str, text: str) -> None:
    heard = read(field, text)
    assert (heard.leaves, heard.values) == (True, {})


@pytest.mark.parametrize(
    "text", ["取消处罚怎么申请", "算了吧小吃店", "停产整治怎么办", "退出市场的企业", "不用环评"]
)
def test_words_that_only_begin_like_leaving_do_not_leave(text: str) -> None:
    assert not wants_to_leave(text)


# -- corrections ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("电话写错了", {"phone": None}),
        ("电话改成13900139000", {"phone": "13900139000"}),
        ("改成13900139000", {"phone": "13900139000"}),
        ("联系人改成李工", {"contact": "李工"}),
        ("公司名称应该是武汉某某有限公司", {"company": "武汉某某有限公司"}),
        ("改成3个人", {"attendees": 3}),
        ("时间改成12月24日14:30", {"opening": 4, "wish": None, "waiting": None}),
        ("时间不对", {"opening": None, "wish": None, "waiting": None}),
        ("时间改成12月24号", {"opening": None, "wish": "12月24号", "waiting": None}),
        ("事项改成咨询排污权", {"subject": "咨询排污权", "about": None}),
        ("信用代码改成91110000600037341L", {"uscc": "91110000600037341L"}),
        ("诉求改成希望分期缴纳罚款", {"goal": "希望分期缴纳罚款"}),
    ],
)
def test_a_correction_at_the_end_changes_one_field_and_asks_for_the_yes_again(
    text: str, values: dict[str, Any]
) -> None:
    heard = read("confirm", text)
    assert (heard.values, heard.error) == ({**values, "confirm": None}, None)


@pytest.mark.parametrize(
    ("text", "field", "error"),
    [
        ("电话改成123", "phone", InvalidPhone),
        ("公司改成12345", "company", InvalidCompany),
        ("人数改成30个人", "attendees", InvalidAttendees),
        ("时间改成明天", "opening", OpeningNotOffered),
    ],
)
def test_a_correction_to_a_wrong_value_is_refused_and_asked_again(
    text: str, field: str, error: type[DeskError]
) -> None:
    heard = read("confirm", text)
    assert (heard.values[field], type(heard.error)) == (None, error)


@pytest.mark.parametrize(
    ("field", "text", "values"),
    [
        ("phone", "公司写错了", {"company": None, "confirm": None}),
        ("phone", "联系人改成李工", {"contact": "李工", "confirm": None}),
        ("contact", "电话填错了,应该是13900139000", {"phone": "13900139000", "confirm": None}),
        (
            "company",
            "时间改成12月24日14:30",
            {"opening": 4, "wish": None, "waiting": None, "confirm": None},
        ),
        ("subject", "电话写错了", {"phone": None, "confirm": None}),
    ],
)
def test_an_earlier_answer_can_be_corrected_in_the_middle(
    field: str, text: str, values: dict[str, Any]
) -> None:
    assert read(field, text).values == values


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [("phone", "改成13900139000", "13900139000"), ("attendees", "改成3个人", 3)],
)
def test_a_correction_of_what_is_being_asked_is_the_answer(
    field: str, text: str, value: Any
) -> None:
    assert read(field, text).values == {field: value}


# -- the sentence that began the booking ----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("我想预约接待日", {}),
        ("预约12月24日下午两点半", {"opening": 4, "wish": None}),
        ("预约12月24日", {"opening": None, "wish": "预约12月24日"}),
        ("约最早的", {"opening": 1, "wish": None}),
    ],
)
def test_the_first_sentence_may_already_name_the_time(text: str, values: dict[str, Any]) -> None:
    heard = intake.begin(asked("opening"), text)
    assert (heard.values, heard.error) == (values, None)


def test_a_first_sentence_with_an_impossible_time_says_so() -> None:
    assert isinstance(intake.begin(asked("opening"), "预约明天").error, OpeningNotOffered)


def test_without_any_offer_no_time_matches() -> None:
    assert refused("opening", "最早的", offers=[]) is OpeningNotOffered


@pytest.mark.parametrize("text", ["不行", "不可以", "不对", "可以改吗"])
def test_no_guess_of_the_ranking_confirms_against_a_plain_no(text: str) -> None:
    heard = hear(asked("confirm"), text, a_decision("affirm", 0.99))
    assert heard is None or heard.values.get("confirm") is not True


def test_a_wish_to_talk_in_person_is_a_subject() -> None:
    text = "想当面谈谈涂装线改造"
    assert read("subject", text, a_decision("task.book")).values["subject"] == text


def test_a_wish_for_another_task_waits_until_this_one_is_done() -> None:
    heard = hear(asked("company"), "我要改期", a_decision("task.reschedule", 0.9))
    assert heard is not None
    assert heard.values == {"company": None}
    assert heard.error is not None and heard.error.code == "task_running"


# -- times that are hard to read, full or loose ---------------------------------------------------


def with_full(*full: int) -> list[Offer]:
    """The usual offers, some of them full."""
    return [replace(o, seats_left=0) if o.opening.id in full else o for o in the_offers()]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("腊月初八", LunarDate),
        ("农历十一月十五", LunarDate),
        ("过几天吧", OpeningVague),
        ("年前", OpeningVague),
        ("等我有空的时候", OpeningVague),
        ("下个月初", OpeningVague),
        ("元旦前后", OpeningVague),
    ],
)
def test_a_lunar_or_loose_time_gets_a_question_back(text: str, error: type[DeskError]) -> None:
    assert refused("opening", text) is error


def test_a_part_of_a_month_shows_what_lies_in_it_and_decides_nothing() -> None:
    heard = read("opening", "12月下旬", offers=the_offers()[:4])
    assert (heard.values, heard.error) == ({"opening": None, "wish": "12月下旬"}, None)


@pytest.mark.parametrize(
    ("earlier", "text", "opening"),
    [
        ("12月24号", "下午晚一点", 5),
        ("12月24号", "晚点的", 5),
        ("12月24号", "早一点", 4),
        ("周四", "三点半", 3),
        (None, "下次", None),
        (None, "这个月的那次", None),
    ],
)
def test_a_time_of_day_is_about_the_day_named_before(
    earlier: str | None, text: str, opening: int | None
) -> None:
    heard = read("opening", text, wish=earlier)
    assert (heard.values["opening"], heard.error) == (opening, None)


def test_the_next_reception_day_is_shown_whole() -> None:
    found = shown(the_offers(), "下次", asked("opening"))
    assert [offer.opening.id for offer in found] == [1, 2, 3]


def test_later_in_the_afternoon_shows_the_later_half() -> None:
    found = shown(the_offers()[:3], "11月26号下午晚一点", asked("opening"))
    assert [offer.opening.id for offer in found] == [2, 3]


@pytest.mark.parametrize("text", ["11月2日", "11月27日", "12月20日"])
def test_what_cannot_be_had_shows_the_nearest(text: str) -> None:
    wish = read("opening", text).values["wish"]
    found = shown(the_offers(), wish, asked("opening"))
    near = found[0] if "11" in text else found[-1]
    assert near.opening.id == (1 if "11" in text else 5)
    assert len(found) == 5


def test_a_full_time_is_told_and_can_be_waited_for() -> None:
    offers = with_full(4)
    heard = read("opening", "12月24日14:30", offers=offers)
    assert isinstance(heard.error, WishFull)
    wish = heard.values["wish"]
    waiting = read("opening", "那我候补吧", offers=offers, wish=wish)
    assert waiting.values == {"opening": 4, "waiting": True, "wish": None}
    assert [o.opening.id for o in shown(offers, wish, asked("opening"))][-1] == 5


def test_a_named_time_is_never_silently_replaced_by_one_near_it() -> None:
    for text, error in (("11月26日下午三点", WishFull), ("11月26日三点一刻", OpeningNotOffered)):
        heard = read("opening", text, offers=with_full(2))
        assert (heard.values["opening"], type(heard.error)) == (None, error)


def test_a_firm_is_no_contact() -> None:
    assert refused("contact", "武汉示例涂装有限公司") is InvalidContact


def test_a_full_opening_is_not_chosen_for_the_earliest() -> None:
    assert read("opening", "最早的", offers=with_full(1)).values["opening"] == 2


def test_with_several_places_one_can_be_named() -> None:
    offers = the_offers()
    for offer, place in zip(offers, ["宜昌政务中心", *["武汉政务中心"] * 4], strict=True):
        offer.opening.place = place
    assert read("opening", "宜昌的", offers=offers).values["opening"] == 1
    assert read("opening", "武汉12月24日14:30", offers=offers).values["opening"] == 4
    assert read("opening", "11月26号 宜昌", offers=offers).values["opening"] == 1


# -- everything in one sentence -------------------------------------------------------------------

WHOLE = (
    "帮我约12月24日下午两点半,武汉示例涂装有限公司,联系人王敏,电话13971234567,两个人,"
    "想谈环评重大变动怎么认定,希望明确要不要重新报批,信用代码91110000600037341L"
)
PARTS = {
    "opening": 4,
    "wish": None,
    "company": "武汉示例涂装有限公司",
    "contact": "王敏",
    "phone": "13971234567",
    "attendees": 2,
    "subject": "环评重大变动怎么认定",
    "about": None,
    "goal": "希望明确要不要重新报批",
    "uscc": "91110000600037341L",
}


def test_everything_in_the_first_sentence_is_taken_in_one_go() -> None:
    heard = intake.begin(asked(""), WHOLE)
    assert (heard.values, heard.error) == (PARTS, None)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "怎么登记？我姓刘，荆州示例纺织公司，想约见领导",
            {"contact": "刘", "company": "荆州示例纺织公司"},
        ),
        (
            "我要登记企业接待日，联系人王敏，13971234567",
            {"contact": "王敏", "phone": "13971234567"},
        ),
        ("给我们公司安排个接待日名额吧，三个人来", {"attendees": 3}),
        ("我想约个时间反映排污权的问题", {"subject": "排污权", "about": None}),
        ("替老板约领导见面，他手机138xxxx", {}),
        (
            "我是荆门示例化工厂的王敏，座机0724-2345678",
            {
                "company": "荆门示例化工厂",
                "contact": "王敏",
                "phone": "07242345678",
            },
        ),
        ("老板带两个人来", {}),
        ("想跟局长当面谈谈", {}),
        ("预约，单位：黄石示例机械有限公司", {"company": "黄石示例机械有限公司"}),
    ],
)
def test_the_first_sentence_gives_what_it_gives(text: str, values: dict[str, Any]) -> None:
    heard = intake.begin(asked(""), text)
    assert (heard.values, heard.error) == (values, None)


def test_what_is_wrong_in_a_full_sentence_is_told_and_the_rest_kept() -> None:
    heard = intake.begin(asked(""), WHOLE.replace("13971234567", "13971234568" + "9"))
    assert "phone" not in heard.values
    heard = intake.begin(asked(""), WHOLE.replace("两个人", "30个人"))
    assert isinstance(heard.error, InvalidAttendees)
    assert heard.values == {k: v for k, v in PARTS.items() if k != "attendees"}
    heard = intake.begin(asked(""), WHOLE.replace("341L", "341X"))
    assert isinstance(heard.error, InvalidUscc)


def test_several_values_at_once_answer_any_question() -> None:
    heard = read("company", "武汉示例涂装有限公司，王敏，13971234567，2个人")
    assert heard.values == {
        "company": "武汉示例涂装有限公司",
        "contact": "王敏",
        "phone": "13971234567",
        "attendees": 2,
    }
    beside = read("contact", "13971234567")
    assert beside.values == {"contact": None, "phone": "13971234567"}
    beside = read("opening", "武汉示例涂装有限公司")
    assert beside.values == {"opening": None, "company": "武汉示例涂装有限公司"}


def test_what_is_known_already_is_changed_by_a_correction_only() -> None:
    filled = frozenset({"phone", "company"})
    heard = hear(asked("attendees", filled=filled), "13900139000", UNSURE)
    assert heard is not None and "phone" not in heard.values


@pytest.mark.parametrize("text", ["没有", "跳过", "没有别的了", "不用了", "就这些"])
def test_who_wants_nothing_else_settled_says_so(text: str) -> None:
    assert read("goal", text).values == {"goal": ""}


def test_who_was_asked_for_the_subject_is_not_asked_what_is_to_be_settled() -> None:
    assert read("subject", "危废罚款想申请减免").values["goal"] == ""
    assert "goal" not in read("subject", "危废罚款", filled=frozenset({"goal"})).values
    assert read("goal", "想申请分期缴纳").values == {"goal": "想申请分期缴纳"}
