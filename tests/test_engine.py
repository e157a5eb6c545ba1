"""Rasa without TensorFlow and its tracker store, tested in Rasa's own environment.

There is no pytest in it, so ``inside_rasa/suites.py`` runs the functions of the modules in one
process, and each is reported here as a test of its own.
"""

from __future__ import annotations

import ast
from functools import lru_cache

import pytest

from desk.settings import ROOT
from tests import rasa_side

SUITES = ("absent", "importing", "sessions", "tracker_store")


def names() -> list[str]:
    found = []
    for suite in SUITES:
        file = ROOT / "tests" / "inside_rasa" / f"{suite}.py"
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if function and node.name.startswith("test_"):
                found.append(f"{suite}::{node.name}")
    return found


@lru_cache(maxsize=1)
def results() -> dict[str, str | None]:
    """The outcome of every test: None, or its traceback."""
    return dict(rasa_side.run("suites", *SUITES))


@pytest.mark.parametrize("name", names())
def test_in_rasas_environment(name: str) -> None:
    assert results()[name] is None, results()[name]
