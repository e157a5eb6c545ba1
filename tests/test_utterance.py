"""Is it a question, is it a correction?"""

from __future__ import annotations

import pytest

from desk.utterance import is_question, read_correction, says_yes, wants_to_leave


@pytest.mark.parametrize(
    "text",
    [
        "排污权怎么买",
        "要交多少钱",
        "可以带律师吗",
        "在哪里办？",
        "在哪儿办",
        "能不能改天",
        "有没有停车场",
        "需要几天",
        "找谁办",
        "这个要填啥,为啥要填",
        "收费么?",
    ],
)
def test_a_question_is_recognised(text: str) -> None:
    assert is_question(text)


@pytest.mark.parametrize(
    "text",
    [
        "黄冈市某某新材料有限公司",
        "王经理",
        "13800138000",
        "三个人",
        "咨询环评豁免",
        "下周四下午",
        "",
    ],
)
def test_a_statement_is_no_question(text: str) -> None:
    assert not is_question(text)


@pytest.mark.parametrize(
    ("text", "correction"),
    [
        ("电话写错了", ("phone", None)),
        ("手机号填错了", ("phone", None)),
        ("电话改成13900139000", ("phone", "13900139000")),
        ("电话应该是13900139000", ("phone", "13900139000")),
        ("改成13900139000", ("phone", "13900139000")),
        ("联系电话不对", ("phone", None)),
        ("联系人改为李工", ("contact", "李工")),
        ("名字写错了", ("contact", None)),
        ("公司写错了", ("company", None)),
        ("公司名字写错了", ("company", None)),
        ("公司的联系人写错了", ("contact", None)),
        ("单位名称应为武汉某某有限公司", ("company", "武汉某某有限公司")),
        ("时间改到下周四", ("opening", "下周四")),
        ("换成12月24号", ("opening", "12月24号")),
        ("时间不对", ("opening", None)),
        ("人数改成3个人", ("attendees", "3个人")),
        ("改成3个人", ("attendees", "3个人")),
        ("改成三位", ("attendees", "三位")),
        ("事项改成咨询排污权", ("subject", "咨询排污权")),
        ("咨询内容修改一下", ("subject", None)),
        ("电话写错了。", ("phone", None)),
    ],
)
def test_a_correction_names_its_field_and_perhaps_the_value(
    text: str, correction: tuple[str, str | None]
) -> None:
    assert read_correction(text) == correction


@pytest.mark.parametrize("text", ["", "排污权怎么买", "不对", "错了", "13800138000", "确认提交"])
def test_what_names_no_field_is_no_correction(text: str) -> None:
    assert read_correction(text) is None


@pytest.mark.parametrize(
    "text",
    ["算了", "那算了吧", "取消", "取消了", "不约了", "我不想填了", "退出。", "停 止", "下次再说吧"],
)
def test_a_message_that_breaks_off_as_a_whole_leaves(text: str) -> None:
    assert wants_to_leave(text)


@pytest.mark.parametrize(
    "text", ["", "取消处罚怎么申请", "算了吧小吃店", "停产整治", "不是", "我要预约", "不用环评"]
)
def test_a_message_that_only_mentions_it_does_not_leave(text: str) -> None:
    assert not wants_to_leave(text)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("好的", True),
        ("嗯嗯", True),
        ("确定取消", True),
        ("是的，取消", True),
        ("对！", True),
        ("不", False),
        ("不取消", False),
        ("别取消", False),
        ("保留吧", False),
        ("还是不取消了", False),
        ("取消", None),
        ("", None),
        ("好像不对", None),
        ("为什么要取消", None),
        ("能不能不取消", None),
        ("13800138000", None),
        ("行业排放标准", None),
        ("是否可以改期", None),
    ],
)
def test_only_a_plain_yes_or_no_is_one(text: str, answer: bool | None) -> None:
    assert says_yes(text) is answer
