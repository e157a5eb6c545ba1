"""Follow-ups that name no subject of their own."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from desk.aspects import read_aspect
from desk.knowledge import ASPECTS
from desk.office import Office
from desk.services import answering
from desk.services.answering import Question
from desk.services.reply import Reply
from tests.builders import CONVERSATION, NOW, a_decision, an_office

ASKED = {
    "basis": (
        *(
            "依据是什么",
            "有什么依据",
            "法律依据呢",
            "根据什么规定",
            "哪条法律规定的",
            "哪个文件说的",
        ),
        *("有文件吗", "依据在哪", "这是哪条规定", "按什么规定"),
    ),
    "materials": (
        *("需要什么材料", "要交什么材料啊", "准备哪些资料", "都要带什么东西", "材料清单"),
        *("要哪些手续", "需要准备什么资料呢", "要提交什么文件", "材料有哪些"),
    ),
    "duration": (
        *("多久", "要多久", "多长时间", "几天能办完", "多久能批下来", "要等多久", "大概几天"),
        *("什么时候能办好", "办理时限是多久", "一般要多少个工作日", "多久出结果"),
    ),
    "fee": (
        *("收费吗", "要钱吗", "免费吗", "花多少钱", "要收费不", "多少钱", "费用多少"),
        *("需要交费吗", "收费标准是多少", "是不是要花钱", "要不要钱"),
    ),
    "consequences": (
        *("不办会怎样", "不办会怎么样", "不做有什么后果", "没办会被罚吗", "不办的话会罚多少"),
        *("会有什么后果", "违反了怎么罚", "不申请会怎样", "会被罚款吗", "不备案会怎样"),
    ),
    "conditions": (
        *("什么条件", "需要什么条件", "具体条件是什么", "有什么要求", "哪些企业可以申请"),
        *("什么样的项目适用", "申请条件有哪些", "门槛是什么"),
    ),
    "steps": (
        *("怎么办理", "怎么申请", "流程是什么", "具体怎么操作", "步骤有哪些", "怎么弄"),
        *("如何申报", "该怎么办理呢", "下一步怎么办"),
    ),
    "cases": (
        *("有案例吗", "举个例子", "有没有典型案例", "别人都怎么办的", "能举个例子吗"),
        *("有什么先例吗", "典型情形有哪些"),
    ),
    "contact": (
        *("找谁", "应该联系谁", "找哪个部门", "去哪里办", "在哪办", "归谁管", "电话是多少"),
        *("有联系方式吗", "哪个部门负责"),
    ),
}
ALONE = (
    *(
        "",
        "环评要多久",
        "排污权怎么买",
        "危废标签忘贴了会罚吗",
        "投诉电话是多少",
        "材料厂要办环评吗",
    ),
    *("转人工", "谢谢", "好的", "算了", "不用了", "不办了", "没有", "怎么取消预约"),
    *(
        "电话写错了",
        "13800138000",
        "2",
        "下周四",
        "我们厂排污许可证多久换一次",
        "收费项目有哪些要环评",
    ),
)


@pytest.mark.parametrize(
    ("text", "aspect"), [(text, aspect) for aspect, texts in ASKED.items() for text in texts]
)
def test_a_follow_up_names_its_aspect(text: str, aspect: str) -> None:
    assert read_aspect(text) == aspect
    assert read_aspect(f"那{text}？") == aspect


def test_every_aspect_can_be_asked_for() -> None:
    assert set(ASKED) == {*ASPECTS, "basis"}


@pytest.mark.parametrize("text", ALONE)
def test_what_stands_on_its_own_is_no_follow_up(text: str) -> None:
    assert read_aspect(text) is None


def ask(office: Office, text: str, topic: str, key: str, minutes: int = 0) -> Reply:
    question = Question(CONVERSATION, text, a_decision(topic), key)
    now = NOW + timedelta(minutes=minutes)
    return office.database.write(
        lambda s: answering.answer(s, office.shelf, office.words, question, now)
    )


@pytest.mark.parametrize("aspect", sorted(ASKED))
@pytest.mark.parametrize(
    "topic",
    [
        "eia.registration_exemption",
        "eia.commitment",
        "enforcement.minor_violation",
        "enforcement.positive_list",
        "trading.emission_rights",
        "reception.about",
    ],
)
def test_the_headline_topics_have_an_answer_to_every_follow_up(
    tmp_path: Path, topic: str, aspect: str
) -> None:
    office = an_office(tmp_path)
    ask(office, "先问一句", topic, "first")
    reply = ask(office, ASKED[aspect][0], "out_of_scope", "second")
    assert reply.decision is None or reply.decision["topic"] == topic
    told = {str(name): text for name, text in office.shelf.topics[topic].aspects.items()}
    if aspect == "basis":
        assert len(reply.citations) == len(office.shelf.topics[topic].citations)
    elif aspect in told:
        assert told[aspect].strip() in reply.text
        assert reply.citations
    else:  # the fee of defending oneself: no source says anything
        assert (topic, aspect) == ("enforcement.minor_violation", "fee")
        assert "文件未规定" in reply.text


def test_a_follow_up_refers_to_the_latest_topic_and_only_while_it_is_fresh(tmp_path: Path) -> None:
    office = an_office(tmp_path)
    ask(office, "环评豁免", "eia.registration_exemption", "a")
    ask(office, "怎么买排污权", "trading.emission_rights", "b", minutes=1)
    reply = ask(office, "需要什么材料", "planning", "c", minutes=2)
    assert "总量核定文件" in reply.text
    late = ask(office, "需要什么材料", "planning", "d", minutes=40)
    assert late.decision is not None
    assert late.decision["topic"] == "planning"
