"""Runs the ``test_…`` functions of the named suites; its last line is JSON: name → error."""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import sys
import tempfile
import traceback
from pathlib import Path


def main(modules: list[str]) -> None:
    results: dict[str, str | None] = {}
    for name in modules:
        module = importlib.import_module(f"tests.inside_rasa.{name}")
        for test in [n for n in vars(module) if n.startswith("test_")]:
            results[f"{name}::{test}"] = outcome(getattr(module, test))
    print(json.dumps(results))


def outcome(function) -> str | None:
    """None for a test that passed, else its traceback."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = inspect.signature(function).parameters
        arguments = {"folder": Path(folder)} if "folder" in wanted else {}
        try:
            result = function(**arguments)
            if inspect.iscoroutine(result):
                asyncio.run(result)
        except Exception:
            return traceback.format_exc()
    return None


if __name__ == "__main__":
    main(sys.argv[1:])
