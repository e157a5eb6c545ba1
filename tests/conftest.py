"""Fixtures that start something; test data is made by ``builders``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.running import Product


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """The running product. That nothing of it is left after Ctrl-C is checked at the end."""
    running = Product(tmp_path_factory.mktemp("product"))
    try:
        running.start()
        yield running
    finally:
        running.stop()
