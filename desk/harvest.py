"""Picks everything a booking needs out of one sentence in Chinese. Whether a value is any good is
for ``contacts`` to check; here it is only found, and what is in doubt is left to be asked."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field

from desk.values import count_in, firm_in

_USCC = re.compile(r"(?<![0-9A-Za-z])[0-9A-Za-z]{2}\d{6}[0-9A-Za-z]{10}(?![0-9A-Za-z])")
_USCC_SAID = re.compile(r"(?:统一社会)?信用代码(?:证?号)?(?:是|为|:)?\s*([0-9A-Za-z]{10,25})")
_PHONE = re.compile(
    r"(?:(?:联系)?(?:电话|手机)号?码?(?:是|为|:)?\s*)?"
    r"(?<!\d)((?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}|0\d{2,3}[- ]?\d{7,8})(?!\d)"
)
_STOP = r",。;、!?\s"
_FIRM_SAID = re.compile(
    rf"(?:公司|单位|企业)(?:名称|名字|全称)?(?:是|叫|为|:)\s*([^{_STOP}]{{2,40}})"
)
_FIRM = re.compile(
    r"[\u4e00-\u9fffA-Za-z0-9()·]{2,40}"
    r"(?:公司|集团|厂|医院|诊所|学校|合作社|工作室|养殖场|加油站|酒店|宾馆|饭店|餐馆|商行|协会|商会)"
)
_FIRM_LEAD = re.compile(
    r"^(?:您好|你好|麻烦|请|帮忙?|给|替|为|让|代表|来自|这里|这边|我们?家?这?边?|咱们?|是|叫|想|要|约|预约|登记|安排)+"
)
_NO_FIRM = re.compile(
    r"^(?:[本该贵某这那哪个]|我们|咱们|一家|企业|单位)*(?:公司|集团|厂|企业|单位)$"
)
_PERSON_SAID = re.compile(
    rf"(?:联系人|姓名)(?:是|叫|为|:)?\s*([\u4e00-\u9fff·]{{1,8}}?)(?=电话|手机|联系|[{_STOP}\d]|$)"
    rf"|我(?:姓|叫)([\u4e00-\u9fff]{{1,4}}?)(?=电话|手机|[{_STOP}\d的]|$)|免贵姓([\u4e00-\u9fff])"
)
_TITLED = re.compile(
    rf"(?:^|[{_STOP}])([\u4e00-\u9fff]{{1,3}}(?:总|经理|先生|女士|工|主任|厂长|老板))(?=[{_STOP}]|$)"
)
_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚"
    "卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤"
)
_NAMED = re.compile(rf"(?:^|[{_STOP}])([{_SURNAMES}][\u4e00-\u9fff]{{1,2}})(?=[{_STOP}]|$)")
_HEADS = re.compile(
    r"(?<![带第\d.~到至-])(?:\d{1,6}|[一二两俩三仨四五六七八九十]{1,3})(?:个人|位|名|人)(?!民|员|工|大)"
    r"|就我一个人?|就我自己"
)
_SUBJECT = re.compile(
    r"(?:想|要|来|当面)*(?:咨询|谈|反映|了解|沟通|汇报|讨论|聊|问)(?:一下|一?[谈聊问])?(?:的是|关于|下)?"
    r"([^,。;!?]{3,100})"
    r"|(?:主题|议题|事项|内容|事由)(?:是|为|:)\s*([^,。;!?]{3,100})"
    r"|关于([^,。;!?]{3,60})"
)
_NO_SUBJECT = re.compile(r"接待日|预约|领导|局长|处长|见面|当面$|^[时什么几多怎]")
_SUBJECT_TAIL = re.compile(r"(?:的)?(?:事情?|问题)?(?:,|$)")
_GOAL = re.compile(r"((?:希望|诉求是?|目的是|争取)[^。;!?]{3,200})")


@dataclass(frozen=True)
class Harvest:
    """Raw values by field of the booking, and the text without them, which may name a time."""

    values: dict[str, str] = field(default_factory=dict)
    rest: str = ""


def gather(text: str) -> Harvest:
    """Everything a sentence gives.

    >>> gather("我是武汉甲乙有限公司的王敏,13800138000,两个人,周四下午").values["phone"]
    '13800138000'
    """
    text = unicodedata.normalize("NFKC", text)
    found: dict[str, str] = {}
    # In this order: what is certain by its form first, so that its digits mean nothing else.
    for name, pattern in (
        ("uscc", _USCC_SAID),
        ("uscc", _USCC),
        ("phone", _PHONE),
        ("goal", _GOAL),
        ("company", _FIRM_SAID),
    ):
        match = pattern.search(text) if name not in found else None
        if match:
            found[name] = match[match.lastindex or 0].strip(" ,;、")
            text = _without(text, match)
    if "company" not in found:
        text = _firm(text, found)
    for name, pattern in (("contact", _PERSON_SAID), ("contact", _TITLED), ("contact", _NAMED)):
        match = pattern.search(text) if name not in found else None
        if match:
            found[name] = match[match.lastindex or 0]
            text = _without(text, match)
    heads = _HEADS.search(text)
    if heads and (count := count_in(heads[0])) is not None:
        found["attendees"] = str(count)
        text = _without(text, heads)
    subject = _SUBJECT.search(text)
    if subject:
        value = _SUBJECT_TAIL.sub("", subject[subject.lastindex or 0]).strip()
        if len(value) >= 2 and not _NO_SUBJECT.search(value):
            found["subject"] = value
            text = _without(text, subject)
    return Harvest(found, text)


def _firm(text: str, found: dict[str, str]) -> str:
    """Take an unlabelled firm: the longest run of name letters that ends like one."""
    for match in _FIRM.finditer(text):
        name = firm_in(_FIRM_LEAD.sub("", match[0]))
        if len(name) >= 4 and not _NO_FIRM.match(name):
            found["company"] = name
            rest = text[: match.end() - len(name)] + "," + text[match.end() :]
            # 某某公司的王敏: who belongs to the firm stands alone then.
            return re.sub(r",\s*的", ",", rest)
    return text


def _without(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + "," + text[match.end() :]
