"""What is asked of the running product: titles, every figure of the Opinion, laws, follow-ups; and
an answer that is edited meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from desk.knowledge import load_shelf
from desk.settings import ROOT
from tests.running import Product, Visitor, wait_for

pytestmark = pytest.mark.product

SHELF = load_shelf(ROOT / "knowledge")
# What is asked, and what the answer must say.
ASKED = (
    ("豁免登记表备案的是多少大类多少小类", ("19大类45小类",)),
    ("19大类45小类指的是什么", ("19大类45小类", "豁免")),
    ("环评告知承诺制试点有多少个行业", ("26大类76小类",)),
    ("26大类76小类是哪项政策", ("26大类76小类", "告知承诺")),
    ("绿色通道对接的是十大什么工程", ("十大“补短板”工程",)),
    ("到2025年国家生态文明建设示范市县要达到多少个", ("2025年", "25个")),
    ("省级生态文明建设示范市县目标是多少", ("60个",)),
    ("省级生态镇每年增加多少个", ("20个",)),
    ("省级生态村每年新增多少", ("200个",)),
    ("两山实践创新基地要新增几个", ("5个",)),
    ("生态文明示范创建的五级联创是哪五级", ("省、市、县、乡、村", "五级联创")),
    ("农村环境整治要做多少个村", ("3000个村",)),
    ("3000个村的农村环境整治是怎么回事", ("3000个村",)),
    ("三线一单信息平台什么时候建成", ("2022年底",)),
    ("四大生态屏障是哪四个", ("大别山", "武陵山", "秦巴山", "幕阜山")),
    ("1+10+N规划体系是什么", ("1+10+N",)),
    ("长江高水平保护十大攻坚提升行动是什么", ("十大攻坚提升行动",)),
    ("《意见》是落实鄂发〔2021〕10号文件的吗", ("鄂发〔2021〕10号", "一主引领")),
    ("鄂发〔2021〕11号是什么文件", ("鄂发〔2021〕11号", "县域经济")),
    ("第二轮中央环保督察对地方有什么要求", ("第二轮", "党政同责")),
    ("政务服务的四减是哪四减", ("减时限", "减材料", "减跑动", "减环节")),
    ("送政策送技术送信息是什么活动", ("送政策、送技术、送信息",)),
    ("编制生态环境保护十四五规划有什么安排", ("十四五",)),
)


@pytest.mark.parametrize(("question", "figures"), ASKED, ids=[question for question, _ in ASKED])
def test_the_figure_asked_for_is_in_the_answer(
    product: Product, question: str, figures: tuple[str, ...]
) -> None:
    reply = product.visitor().say(question)
    assert reply["decision"]["kind"] == "answer", reply["decision"]
    for figure in figures:
        assert figure in reply["text"]
    assert reply["citations"]


def test_every_topic_is_found_by_its_title(product: Product) -> None:
    visitor = product.visitor()
    found = {
        id_: visitor.say(topic.title)["decision"]["topic"] for id_, topic in SHELF.topics.items()
    }
    assert {id_ for id_, topic in found.items() if id_ != topic} == set()


def test_a_repealed_clause_is_answered_with_the_codes_clause(product: Product) -> None:
    reply = product.visitor().say("环评法第31条现在还有效吗")
    assert "2026年8月15日起废止" in reply["text"]
    assert "生态环境法典》第1095条" in reply["text"]
    assert [citation["status"] for citation in reply["citations"]] == ["repealed", "in_force"]
    assert reply["decision"]["kind"] == "answer"


def test_a_follow_up_reaches_the_topic_just_discussed(product: Product) -> None:
    visitor = product.visitor()
    visitor.say("排污权交易")
    for words, told in (
        ("需要什么材料", "总量核定文件"),
        ("收费吗", "30%保证金"),
        ("不办会怎样", "第1107条"),
        ("依据是什么", "鄂环发〔2024〕3号"),
        ("有案例吗", "新上一台锅炉"),
    ):
        reply = visitor.say(words)
        assert reply["decision"]["topic"] == "trading.emission_rights", words
        assert told in reply["text"] + str(reply["citations"]), words


def test_every_citation_of_an_answer_opens_a_page(product: Product, visitor: Visitor) -> None:
    reply = visitor.say("环境影响登记表备案豁免")
    assert reply["citations"]
    for citation in reply["citations"]:
        page = httpx.get(product.url + citation["url"], trust_env=False)
        assert page.status_code == 200
        assert citation["document"] in page.text


@pytest.fixture
def visitor(product: Product) -> Visitor:
    return product.visitor()


@contextmanager
def edited(file: Path, old: str, new: str) -> Iterator[None]:
    """A file as an editor changes and saves it, for as long as the block runs."""
    before = file.read_text(encoding="utf-8")
    assert old in before
    file.write_text(before.replace(old, new, 1), encoding="utf-8")
    try:
        yield
    finally:
        file.write_text(before, encoding="utf-8")


def test_an_edited_answer_shows_in_the_running_bot_and_a_broken_file_does_not(
    product: Product, visitor: Visitor
) -> None:
    folder = Path(product.environment["KNOWLEDGE_DIR"])
    file = folder / "topics" / "finance.pledge.yml"
    question = "排污权能抵押贷款吗"
    with edited(file, "answer: |-\n  可以。", "answer: |-\n  当然可以。"):
        wait_for(lambda: visitor.say(question)["text"].startswith("当然可以。"), "the new answer")
        with edited(file, "citations:", "citation:"):
            # Looked at when somebody asks; the visitor keeps hearing the last good answer.
            wait_for(
                lambda: (
                    visitor.say(question)["text"].startswith("当然可以。")
                    and "finance.pledge.yml" in log_of(product)
                ),
                "the mistake in the log",
            )
    wait_for(lambda: visitor.say(question)["text"].startswith("可以。"), "the old answer")


def log_of(product: Product) -> str:
    return (product.var / "log" / "actions.log").read_text(encoding="utf-8", errors="replace")
