"""Fixtures that start something; test data is made by ``builders``."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.other_side import OtherSide
from tests.running import ROOT, Product


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The running product. That nothing of it is left after Ctrl-C is checked at the end."""
    with OtherSide() as webhook:
        running = Product(tmp_path_factory.mktemp("product"), webhook)
        try:
            running.start()
            yield running
        finally:
            running.stop()


@pytest.fixture(scope="session")
def doomed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """A product whose bot cannot stay up: it stumbles over a variable that only Rasa reads.

    It takes half a minute to give up, so tests that run earlier ask for it too.
    """
    launched = Product(tmp_path_factory.mktemp("doomed"))
    train = [sys.executable, str(ROOT / "deploy/train.py")]
    subprocess.run(train, env=launched.environment, check=True)  # it would stumble there already
    launched.environment["LOG_LEVEL_LIBRARIES"] = "no-such-level"
    try:
        launched.launch()
        yield launched
    finally:
        launched.stop()
