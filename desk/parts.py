"""Takes a message apart that plainly asks several things."""

from __future__ import annotations

import re
import unicodedata

from desk.aspects import read_aspect
from desk.utterance import is_question

_BREAK = re.compile(
    r"(?<=[?;。!\n])|[,，、\s]+(?=(?:顺便|顺带|另外|此外|还有(?:就是|个问题|一个)?|再问|还想问|同时想?问|以及想?问))"
)
_LEAD = re.compile(r"^(?:顺便|顺带|另外|此外|还有|再|还|同时|以及|就是|也|想|请|,|、)+")
_ASKS = re.compile(r"[想要帮请问查约]")
_LEAST_PART = 4
MOST_PARTS = 3


def questions_in(text: str) -> list[str]:
    """The separate questions of a message, if it plainly asks more than one; else nothing.

    A part that is a follow-up without a subject of its own belongs to what stands before it.

    >>> questions_in("想预约一下接待日，顺便问问排污权怎么买")
    ['预约一下接待日', '问问排污权怎么买']
    >>> questions_in("排污许可证怎么办？需要什么材料？"), questions_in("危废标签忘贴了，会罚吗")
    ([], [])
    """
    text = unicodedata.normalize("NFKC", text)
    parts = [_LEAD.sub("", part.strip(" ,\n")) for part in _BREAK.split(text)]
    asking = [
        part
        for part in parts
        if len(part) >= _LEAST_PART
        and read_aspect(part) is None
        and (is_question(part) or _ASKS.search(part))
    ]
    return asking if 2 <= len(asking) <= MOST_PARTS else []
