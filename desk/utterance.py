"""Small readings of a Chinese message that need no model: is it a question, a correction?"""

from __future__ import annotations

import re
import unicodedata

_QUESTION = re.compile(
    r"[?]|吗|呢|怎么|怎样|如何|什么|多少|哪[些个里儿种]|能不能|可不可以|是不是|是否|有没有|要不要"
    r"|会不会|该不该|需不需要|用不用|为什么|为啥|咋|几[天年次种]|谁"
)
_CORRECTION = re.compile(
    r"写错|填错|错了|不对|改成|改为|改到|换成|换到|应该是|应为|改一下|修改|更正|重新填"
)
_NEW_VALUE = re.compile(r"(?:改成|改为|改到|换成|换到|应该是|应为|是)[::]?(.+)$")
# In this order: 联系电话 is a telephone, not a contact; 公司名字 a firm's name, not a person's.
_FIELDS = (
    ("phone", re.compile(r"电话|手机|号码")),
    ("contact", re.compile(r"联系人|姓名|(?<!公司)(?<!单位)(?<!企业)(?<!司的)(?<!位的)名字")),
    ("company", re.compile(r"公司|单位|企业|厂名")),
    ("opening", re.compile(r"时间|时段|日期|点|周|号|上午|下午")),
    ("attendees", re.compile(r"人数|个人|位|几人|人")),
    ("subject", re.compile(r"事项|问题|内容|主题")),
)


def is_question(text: str) -> bool:
    """Whether a message reads as a question."""
    return bool(_QUESTION.search(unicodedata.normalize("NFKC", text)))


def read_correction(text: str) -> tuple[str, str | None] | None:
    """The field a visitor wants corrected and the new value if it was said, or None.

    >>> read_correction("电话写错了"), read_correction("改成3个人"), read_correction("排污权")
    (('phone', None), ('attendees', '3个人'), None)
    """
    text = unicodedata.normalize("NFKC", text).strip("。!,. ")
    if not _CORRECTION.search(text):
        return None
    found = _NEW_VALUE.search(text)
    value = found[1].strip() if found else None
    said = text[: found.start()] if found else text
    for name, words in _FIELDS:
        if words.search(said):
            return name, value
    if value:
        for name, words in _FIELDS:
            if words.search(value):
                return name, value
        if re.search(r"\d{5,}", value):
            return "phone", value
    return None
