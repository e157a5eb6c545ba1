"""The examples in the library's docstrings are true."""

from __future__ import annotations

import doctest
import importlib

import pytest

from desk.settings import ROOT
from tests.builders import repository_files

MODULES = [
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for file in repository_files("desk/*.py", "desk/services/*.py", "web/**/*.py", "actions/*.py")
    if file.stem != "__main__"
]


@pytest.mark.parametrize("name", MODULES)
def test_the_examples_of_a_module_are_true(name: str) -> None:
    found = doctest.testmod(importlib.import_module(name))
    assert found.failed == 0


def test_there_are_examples_to_check() -> None:
    attempted = sum(doctest.testmod(importlib.import_module(n)).attempted for n in MODULES)
    assert attempted >= 10
