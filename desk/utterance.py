"""Small readings of a Chinese message that need no model: is it a question, a correction?"""

from __future__ import annotations

import re
import unicodedata

_QUESTION = re.compile(
    r"[?]|吗|呢|怎么|怎样|如何|什么|多少|哪[些个里儿种]|能不能|可不可以|是不是|是否|有没有|要不要"
    r"|会不会|该不该|需不需要|用不用|为什么|为啥|咋|几[天年次种点号]|谁"
)
_CORRECTION = re.compile(
    r"写错|填错|错了|不对|改成|改为|改到|换成|换到|应该是|应为|改一下|修改|更正|重新填"
)
_NEW_VALUE = re.compile(r"(?:改成|改为|改到|换成|换到|应该是|应为|是)[::]?(.+)$")
# In this order: 联系电话 is a telephone, not a contact; 公司名字 a firm's name, not a person's.
_FIELDS = (
    ("uscc", re.compile(r"信用代码|税号")),
    ("phone", re.compile(r"电话|手机|号码")),
    ("contact", re.compile(r"联系人|姓名")),
    ("company", re.compile(r"公司|单位|企业|厂名")),
    ("contact", re.compile(r"名字")),
    ("opening", re.compile(r"时间|时段|日期|点|周|号|上午|下午")),
    ("attendees", re.compile(r"人数|个人|位|几人|人")),
    ("goal", re.compile(r"诉求|希望")),
    ("subject", re.compile(r"事项|问题|内容|主题")),
)


# The whole message says it, so that no name, subject or number can be taken for it.
_LEAVE = re.compile(
    r"(?:那|那就|我|还是)*(?:先|暂时)?(?:"
    r"不(?:想|要|用)?(?:再)?(?:预约|约|订|查|办|填|弄|取消|继续)|不用|不要|不需要"
    r"|算|取消|取消预约|退出|退出预约|退出查询|结束|停|停止|返回|下次再说|改天再说|以后再说)"
    r"(?:了|吧|啦|先)*"
)
# A bare 取消 may mean either when a cancellation is asked about, so it is neither.
_YES = re.compile(
    r"(?!取消$)(?:嗯+|对|是|好|行|可以|确定|确认|没错|没问题|同意|提交|取消)"
    r"(?:的|了|吧|啊|呀|要取消|取消|提交|确认|没错|好|的没错)*"
)
_NO = re.compile(r"(?:不|别|没有|先不|还是不|算了|保留|留着).*")


def wants_to_leave(text: str) -> bool:
    """Whether a message, as a whole, breaks off what is being done.

    >>> [wants_to_leave(t) for t in ("不约了", "那算了吧", "取消", "取消处罚怎么申请")]
    [True, True, True, False]
    """
    return bool(_LEAVE.fullmatch(_bare(text)))


def wants_to_wait(text: str) -> bool:
    """Whether a message asks for the waiting list.

    >>> [wants_to_wait(t) for t in ("那我候补吧", "排队等", "排污权")]
    [True, True, False]
    """
    return bool(re.search(r"候补|排队|等(?:名额|空位|位)", unicodedata.normalize("NFKC", text)))


def says_yes(text: str) -> bool | None:
    """A plain yes or no, None for anything else. For what cannot be undone: no model guesses here.

    >>> [says_yes(t) for t in ("确定取消", "不取消", "好的", "为什么要取消")]
    [True, False, True, None]
    """
    bare = _bare(text)
    if _YES.fullmatch(bare):
        return True
    return False if _NO.fullmatch(bare) and not is_question(text) else None


def _bare(text: str) -> str:
    """The message without spaces and closing punctuation."""
    return re.sub(r"[\s。!,.~]+", "", unicodedata.normalize("NFKC", text))


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
