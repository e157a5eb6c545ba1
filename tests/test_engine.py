"""Runs ``tests/in_rasa``: what holds Rasa without TensorFlow and its tracker store together."""

from __future__ import annotations

import ast
import json
import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = ("absent", "tracker_store")


def names() -> list[str]:
    found = []
    for module in MODULES:
        tree = ast.parse((ROOT / "tests" / "in_rasa" / f"{module}.py").read_text(encoding="utf-8"))
        for node in tree.body:
            function = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            if function and node.name.startswith("test_"):
                found.append(f"{module}::{node.name}")
    return found


@pytest.fixture(scope="module")
def results() -> dict[str, str | None]:
    """The outcome of every test, from one process of Rasa's environment."""
    python = ROOT / ".venv-rasa" / "bin" / "python"
    done = subprocess.run(
        [str(python), "-W", "ignore", "-m", "tests.in_rasa.run", *MODULES],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "RASA_TELEMETRY_ENABLED": "false"},
        capture_output=True,
        text=True,
    )
    line = next((ln for ln in done.stdout.splitlines() if ln.startswith("RESULTS ")), None)
    assert line, done.stdout[-2000:] + done.stderr[-2000:]
    return dict(json.loads(line.removeprefix("RESULTS ")))


@pytest.mark.parametrize("name", names())
def test_in_rasas_environment(results: dict[str, str | None], name: str) -> None:
    assert results[name] is None, results[name]
