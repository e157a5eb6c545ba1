"""What visitors tell about themselves, cleaned and checked. Each check raises its own error."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from stdnum.cn import uscc

from desk.errors import (
    InvalidAttendees,
    InvalidCompany,
    InvalidContact,
    InvalidGoal,
    InvalidPhone,
    InvalidSubject,
    InvalidUscc,
)

MOST_COMPANY = 80
MOST_CONTACT = 30
MOST_SUBJECT = 500

# Letters of any script, digits, and the punctuation that names of firms really contain.
_COMPANY = re.compile(r"[\w()（）·&.,\-—、 ]+")
_CONTACT = re.compile(r"[^\W\d_]+(?:[·. ][^\W\d_]+)*")


def clean(text: str) -> str:
    """Normalised text without control characters and with single spaces."""
    text = unicodedata.normalize("NFKC", text)
    text = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in text)
    return " ".join(text.split())


def check_company(text: str) -> str:
    """The name of an enterprise: 2 to 80 letters, digits and name punctuation, not only digits."""
    name = clean(text)
    letters = sum(c.isalpha() for c in name)
    if not 2 <= len(name) <= MOST_COMPANY or letters < 2 or not _COMPANY.fullmatch(name):
        raise InvalidCompany(most=MOST_COMPANY)
    return name


def check_contact(text: str) -> str:
    """The name of a person: letters, 1 to 30; forms of address such as 王经理 are fine."""
    name = clean(text)
    if not 1 <= len(name) <= MOST_CONTACT or not _CONTACT.fullmatch(name):
        raise InvalidContact(most=MOST_CONTACT)
    return name


def check_phone(text: str) -> str:
    """A mainland telephone number, mobile or landline, as digits in national format.

    Valid means that the number exists in the numbering plan of libphonenumber.

    >>> check_phone("138 0013 8000")
    '13800138000'
    >>> check_phone("027-87654321")
    '02787654321'
    """
    try:
        number = phonenumbers.parse(clean(text), "CN")
    except phonenumbers.NumberParseException:
        raise InvalidPhone() from None
    if number.country_code != 86 or not phonenumbers.is_valid_number(number):
        raise InvalidPhone()
    formatted = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)
    return "".join(c for c in formatted if c.isdigit())


def is_mobile(phone: str) -> bool:
    """Whether a checked number takes text messages; a landline begins with its area code.

    >>> is_mobile("13800138000"), is_mobile("02787654321")
    (True, False)
    """
    return phone.startswith("1") and len(phone) == 11


def phone_in(text: str) -> str | None:
    """The first telephone number that a text holds, as it was written."""
    found = next(iter(phonenumbers.PhoneNumberMatcher(text, "CN")), None)
    return found.raw_string if found else None


def check_uscc(text: str) -> str:
    """A unified social credit code of 18 characters whose check character is right.

    >>> check_uscc(" 91110000600037341l ")
    '91110000600037341L'
    """
    code = re.sub(r"[\s\-]", "", clean(text)).upper()
    if not uscc.is_valid(code):
        raise InvalidUscc()
    return code


def company_key(name: str) -> str:
    """What makes two spellings of a checked company name the same one.

    >>> company_key("武汉示例（集团） 有限公司") == company_key("武汉示例(集团)有限公司")
    True
    """
    return re.sub(r"[\W_]+", "", clean(name)).casefold()


def check_attendees(value: int, most: int) -> int:
    """The number of visitors, 1 to ``most``."""
    if not 1 <= value <= most:
        raise InvalidAttendees(most=most)
    return value


def check_subject(text: str) -> str:
    """What the visit is about, 2 to 500 characters with at least two letters."""
    subject = clean(text)
    if not 2 <= len(subject) <= MOST_SUBJECT or sum(c.isalpha() for c in subject) < 2:
        raise InvalidSubject(most=MOST_SUBJECT)
    return subject


def check_goal(text: str | None) -> str | None:
    """What the company wants settled: up to 500 characters with at least two letters, or None."""
    goal = clean(text or "")
    if goal and (len(goal) > MOST_SUBJECT or sum(c.isalpha() for c in goal) < 2):
        raise InvalidGoal(most=MOST_SUBJECT)
    return goal or None
