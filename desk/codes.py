"""Receipt and appointment codes: short, unguessable, and legible over the telephone."""

from __future__ import annotations

import re
import secrets
import unicodedata

# Without 0/O, 1/I/L, which people mix up.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 7
APPOINTMENT = "R"
INQUIRY = "Q"
VERDICT = "V"


def new_code(prefix: str) -> str:
    """A fresh code: prefix and seven characters, 31**7 possibilities."""
    return prefix + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def find_code(text: str, prefix: str) -> str | None:
    """The first code of this kind in a text, in any case and width, or None.

    >>> find_code("取消 r2345678 谢谢", "R")
    'R2345678'
    """
    text = unicodedata.normalize("NFKC", text).upper()
    match = re.search(rf"(?<![A-Z0-9]){prefix}[{ALPHABET}]{{{LENGTH}}}(?![A-Z0-9])", text)
    return match[0] if match else None
