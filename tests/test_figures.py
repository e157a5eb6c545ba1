"""Every figure of the Opinion as somebody asks for it, through the running product."""

from __future__ import annotations

import pytest

from tests.running import Product

pytestmark = pytest.mark.product

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
