"""Messages that plainly ask several things, and those that only look so."""

from __future__ import annotations

import pytest

from desk.parts import questions_in


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("想预约一下接待日，顺便问问排污权", ["预约一下接待日", "问问排污权"]),
        (
            "环评要多少天批下来？排污许可证有效期几年？",
            ["环评要多少天批下来?", "排污许可证有效期几年?"],
        ),
        ("报告表谁来编?另外验收公示要几天?", ["报告表谁来编?", "验收公示要几天?"]),
        ("排污权怎么买？\n多余的指标能卖吗？", ["排污权怎么买?", "多余的指标能卖吗?"]),
    ],
)
def test_several_questions_are_taken_apart(text: str, parts: list[str]) -> None:
    assert questions_in(text) == parts


@pytest.mark.parametrize(
    "text",
    [
        "危废标签忘贴了，当天就改了，还会罚吗",
        "排污许可证怎么办？需要什么材料？",
        "我们厂在襄阳，做汽车零部件。厂房去年租的。请问要做环评吗？",
        "排污权怎么买",
        "。。。？？？",
        "",
        "你好？在吗？",
    ],
)
def test_one_question_stays_whole(text: str) -> None:
    assert questions_in(text) == []
