"""Recognises what is no answer but a wish about the check: back, why, again, later, go on."""

from __future__ import annotations

import re

from desk.checks.amounts import normal
from desk.utterance import wants_to_leave

_TAIL = r"(?:一下|吧|啊|呢|了|呀|吗|[?!。,.~ ])*"
_BACK = re.compile(
    r"(?:请|我要|我想|能不能|可以)?(?:返回|回到|退回|回|看)?(?:到)?(?:上一步|上一题|上一个问题|上一个|前一步|前一题"
    r"|上一道题|前一个问题)|(?:往回|后退|倒回去|退)(?:一步|一题)?" + _TAIL
)
_WHY = re.compile(
    r"(?:为什么|为啥|干嘛|凭什么)(?:要|得)?(?:问|填|知道|了解|选)(?:我)?(?:这个|这些|这|那个|它)?(?:问题)?"
    r"|问这个?(?:问题)?(?:干嘛|干什么|做什么|干啥|有什么用|有啥用|什么意思)|(?:这个|这)(?:问题)?有(?:什么|啥)用"
    r"|(?:这个|这)(?:问题|题)?(?:是)?什么意思|why"
)
_AGAIN = re.compile(
    r"(?:我要|我想|请)?(?:从头|重新)(?:再)?(?:开始|来|做|测|自查|查|填|算)(?:一遍|一次)?(?:自查)?|重来|重做|重测"
)
_LATER = re.compile(
    r"(?:我|那|就)?(?:先|暂时)?(?:停|暂停|停一下|停一停|等一下|等一等|等等|等会儿?|到这|到这里|到此为止|放一放|不(?:做|查|测|算|答|填|问|弄|判断|继续)"
    r"|别问|中断)(?:了|一下|自查|测算)?|(?:晚点|待会儿?|回头|改天|下次|有空)(?:再)?(?:做|查|测|说|来|继续|弄|填)?|退出自查|结束自查|不自查"
)
_GO_ON = re.compile(
    r"(?:我要|我想|请|那|好)?(?:继续|接着|回到)(?:做|查|测|算|答|填|来|问|刚才的?|上次的?|之前的?|没做完的?|上回的?|那个)*(?:自查|测算|判断|测试|问题|吧)?"
)
_UNKNOWN = re.compile(
    r"不(?:太|大|是很|很|怎么)?(?:清楚|知道|确定|了解|懂|记得|晓得|明白|好说|详)|说不(?:准|清|好|上)|搞不清|弄不清|拿不准|吃不准|记不(?:清|得|住)"
    r"|没概念|忘了|忘记|没底|不好判断|难说"
)
_CHANGE = re.compile(
    r"说错|写错|填错|选错|点错|错了|不对|改成|改为|改到|应该是|应为|改一下|修改|更正|纠正|其实是?|重新选|弄错|搞错"
)
_SLIP = re.compile(
    r"(?:不好意思|刚才|刚刚|上一题|上一个|上一步|我|那个|,|\s)*(?:说|写|填|选|点|弄|搞)错"
)


def _whole(pattern: re.Pattern[str], text: str) -> bool:
    return bool(pattern.fullmatch(re.sub(r"[吧啊呢了呀吗?!。,.~ ]+$", "", normal(text)).strip()))


def wants_back(text: str) -> bool:
    """One step back.

    >>> [wants_back(t) for t in ("上一步", "返回上一题吧", "上一次罚过")]
    [True, True, False]
    """
    return _whole(_BACK, text)


def asks_why(text: str) -> bool:
    """Why this is asked.

    >>> [asks_why(t) for t in ("为什么问这个？", "问这个干嘛", "为什么要做环评")]
    [True, True, False]
    """
    return _whole(_WHY, text)


def wants_again(text: str) -> bool:
    """The whole check once more, from the beginning."""
    return _whole(_AGAIN, text)


def wants_to_stop(text: str) -> bool:
    """Leave the check for now.

    >>> [wants_to_stop(t) for t in ("先停一下", "不查了", "待会再说", "停产了")]
    [True, True, True, False]
    """
    return wants_to_leave(text) or _whole(_LATER, text)


def wants_to_go_on(text: str) -> bool:
    """Take a left check up again.

    >>> [wants_to_go_on(t) for t in ("继续自查", "接着刚才的做", "继续生产会怎样")]
    [True, True, False]
    """
    return _whole(_GO_ON, text)


def says_unknown(text: str) -> bool:
    """Whether a visitor does not know.

    >>> [says_unknown(t) for t in ("不清楚", "这个真说不准", "没有")]
    [True, True, False]
    """
    return bool(_UNKNOWN.search(normal(text)))


def corrects(text: str) -> bool:
    """Whether a message takes something back that was said before."""
    return bool(_CHANGE.search(normal(text)))


def slipped(text: str) -> bool:
    """Whether a message says, of nothing in particular, that the last answer was a slip.

    >>> slipped("刚才点错了"), slipped("面积说错了")
    (True, False)
    """
    return bool(_SLIP.match(normal(text)))


def after_correction(text: str) -> str:
    """What is said in place of what was wrong: the part after the last sign of it.

    >>> after_correction("刚才面积说错了，是三千"), after_correction("改成没有")
    ('三千', '没有')
    """
    text = normal(text)
    found = list(re.finditer(r"改成|改为|改到|应该是|应为|其实是|不是.*?是|是|:|,|错了", text))
    return text[found[-1].end() :].strip(" ,。:") if found else text
