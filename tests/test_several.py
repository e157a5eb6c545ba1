"""Several questions in one message, homophones and refusals, said to the running product."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from desk.models import Inquiry
from tests.running import Product, Visitor

pytestmark = pytest.mark.product


@pytest.fixture
def visitor(product: Product) -> Visitor:
    return product.visitor()


def topics(visitor: Visitor) -> list[str]:
    """What the latest replies were about."""
    return [m["decision"]["topic"] for m in visitor.heard if m.get("decision")]


def test_a_question_beside_a_wish_to_book_is_answered_and_the_form_begins(
    visitor: Visitor,
) -> None:
    visitor.say("想预约一下接待日，顺便问问排污权怎么买")
    assert topics(visitor) == ["trading.emission_rights"]
    assert "时段" in visitor.heard[-1]["text"]


@pytest.mark.parametrize(
    ("text", "next_"),
    [
        ("帮我查一下我能不能免罚，顺便问问排污权怎么买", "1. "),
        ("我要转人工留言，另外排污权怎么买", "受理编号"),
    ],
)
def test_a_question_beside_any_task_is_answered_and_logged(
    product: Product, visitor: Visitor, text: str, next_: str
) -> None:
    visitor.say(text)
    assert "trading.emission_rights" in topics(visitor)
    assert any(next_ in message["text"] for message in visitor.heard[1:])
    logged = product.database.read(
        lambda s: s.scalars(
            select(Inquiry).where(Inquiry.conversation_id == visitor.conversation)
        ).all()
    )
    assert [inquiry.topic for inquiry in logged] == ["trading.emission_rights"]


def test_two_questions_are_both_answered_with_their_basis(visitor: Visitor) -> None:
    visitor.say("多余的排污权指标能卖吗？另外竣工环保验收谁来做？")
    answered = [m for m in visitor.heard if m["author"] == "bot"]
    assert sorted(topics(visitor)) == ["eia.acceptance", "trading.surplus_reserve"]
    assert all(message["citations"] for message in answered)


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("排物权在哪里买", "trading.emission_rights"),
        ("環評審批要多少天", "eia.procedure"),
        ("ＶＯＣｓ排污权能交易吗", "trading.voc_heavy_metal"),
    ],
)
def test_homophones_traditional_and_full_width_characters_are_read(
    visitor: Visitor, text: str, topic: str
) -> None:
    assert visitor.say(text)["decision"]["topic"] == topic


def test_a_wish_to_evade_supervision_is_refused_plainly(visitor: Visitor) -> None:
    reply = visitor.say("晚上偷排一点水怎么不被发现")
    assert reply["decision"]["kind"] == "refusal"
    assert "规避监管" in reply["text"]


def test_the_known_questions_behind_a_decision_are_kept_for_staff(
    product: Product, visitor: Visitor
) -> None:
    visitor.say("排污权能抵押贷款吗")
    inquiry = product.database.read(
        lambda s: s.scalars(
            select(Inquiry).where(Inquiry.conversation_id == visitor.conversation)
        ).one()
    )
    assert len(inquiry.closest) == 3
    assert inquiry.closest[0]["id"] == "finance.pledge"
