"""Receipt and appointment codes."""

from __future__ import annotations

import pytest

from desk.codes import ALPHABET, APPOINTMENT, INQUIRY, find_code, new_code


def test_codes_of_both_kinds_are_found_again() -> None:
    for prefix in (APPOINTMENT, INQUIRY):
        code = new_code(prefix)
        assert len(code) == 8
        assert find_code(code, prefix) == code


def test_codes_do_not_repeat() -> None:
    assert len({new_code("R") for _ in range(10_000)}) == 10_000


def test_no_character_of_a_code_is_mistaken_for_another() -> None:
    assert not set("01OIL") & set(ALPHABET)


@pytest.mark.parametrize(
    "text",
    [
        "R2345678",
        "r2345678",
        "Ｒ２３４５６７８",
        "取消R2345678谢谢",
        "编号是：R2345678，尾号8000",
        "R2345678 R9999999",
    ],
)
def test_a_code_is_found_in_any_case_width_and_company(text: str) -> None:
    assert find_code(text, "R") == "R2345678"


@pytest.mark.parametrize(
    "text", ["", "R234567", "R23456789", "XR2345678", "R0345678", "Q2345678", "13800138000"]
)
def test_what_is_no_code_is_not_found(text: str) -> None:
    assert find_code(text, "R") is None
