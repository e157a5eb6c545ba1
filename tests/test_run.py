"""Starting the product: what stands in the way is said in one clear line."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import ROOT, Product, listening_addresses, wait_for

# supervisord's five retries take fifteen seconds.
GIVE_UP_SECONDS = 60


@pytest.fixture
def product(tmp_path: Path) -> Product:
    """A product that is not started, for its environment and ports."""
    return Product(tmp_path)


def run(product: Product, **settings: str) -> subprocess.CompletedProcess[str]:
    """Try to start it; a test that expects a refusal must not wait for a running service."""
    command = [sys.executable, str(ROOT / "deploy/run.py")]
    environment = {**product.environment, **settings}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30)


def assert_one_line(run: subprocess.CompletedProcess[str], *words: str) -> None:
    """The run failed with a line for people that names what matters."""
    assert run.returncode not in (0, None)
    assert "Traceback" not in run.stdout + run.stderr
    (line,) = (line for line in run.stderr.splitlines() if line.startswith("make: "))
    for word in words:
        assert word in line


@pytest.mark.parametrize("name", ["WEB_PORT", "ACTIONS_PORT", "RASA_PORT"])
def test_a_taken_port_is_named_with_its_setting(product: Product, name: str) -> None:
    port = int(product.environment[name])
    with socket.create_server(("127.0.0.1", port)):
        refused = run(product)
    assert_one_line(refused, str(port), name, "make stop")
    assert len(refused.stderr.splitlines()) == 1
    assert not product.var.exists(), "nothing was begun"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEB_PORT", "abc"),
        ("WEB_PORT", "0"),
        ("RASA_PORT", "80.5"),
        ("LOG_LEVEL", "loud"),
        ("HTTPS", "perhaps"),
        ("RASA_TIMEOUT_SECONDS", "soon"),
        ("MESSAGES_PER_MINUTE", "nan"),
        ("WEB_HOST", "192.0.2.1"),
        ("DESK_VAR", "/proc/nowhere"),
    ],
)
def test_a_bad_setting_is_named_with_its_value(product: Product, name: str, value: str) -> None:
    refused = run(product, **{name: value})
    assert_one_line(refused, value)
    assert len(refused.stderr.splitlines()) == 1


def test_a_bad_secret_is_not_shown(product: Product) -> None:
    refused = run(product, DESK_SECRET="too-short")
    assert_one_line(refused, "DESK_SECRET")
    assert "too-short" not in refused.stdout + refused.stderr


@pytest.mark.parametrize(
    ("name", "value", "hint"),
    [
        ("KNOWLEDGE_DIR", "/nonexistent", "/nonexistent/documents.yml"),
        ("DATABASE_URL", "nonsense", "Could not parse"),
        ("DATABASE_URL", "sqlite:////proc/nowhere/desk.db", "/proc/nowhere"),
        ("DATABASE_URL", "postgresql+psycopg://desk:hidden@127.0.0.1:1/desk", "refused"),
    ],
)
def test_what_cannot_be_opened_is_said_before_anything_starts(
    product: Product, name: str, value: str, hint: str
) -> None:
    refused = run(product, **{name: value})
    assert_one_line(refused, "the database could not be prepared")
    assert hint in refused.stderr
    # A mistake in knowledge takes two: the file, and what is wrong with it and how to mend it.
    assert len(refused.stderr.splitlines()) == (3 if name == "KNOWLEDGE_DIR" else 2)
    assert "hidden" not in refused.stderr


def test_an_interruption_before_the_start_is_no_crash(product: Product) -> None:
    product.launch()
    wait_for(lambda: "Preparing" in product.output.read_text(), "the preparation", 30)
    product.stop()
    output = product.output.read_text()
    assert "make: interrupted" in output or "SIGINT" in output
    assert "run.py" not in output, "no traceback of ours"


def test_a_missing_interpreter_is_named_before_anything_is_installed(tmp_path: Path) -> None:
    for name in ("deploy/setup.py", "deploy/uv.lock", "bot/requirements.lock", "requirements.lock"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    # The installer is there already; fetching it is not what is tested.
    (tmp_path / ".tools").symlink_to(ROOT / ".tools")
    refused = subprocess.run(
        [sys.executable, str(tmp_path / "deploy/setup.py")],
        env={**os.environ, "PYTHON_RASA": "/nonexistent"},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert_one_line(refused, "PYTHON_RASA", "/nonexistent")
    assert len(refused.stderr.splitlines()) == 1
    assert not (tmp_path / ".venv-rasa").exists()


@pytest.mark.product
def test_a_process_that_cannot_stay_up_ends_everything_with_a_clear_line(doomed: Product) -> None:
    doomed.wait_for_end(GIVE_UP_SECONDS)
    output = doomed.output.read_text()
    lines = [line for line in output.splitlines() if line.startswith("make: ")]
    assert len(lines) == 1
    assert lines[0].startswith("make: bot crashed again and again; everything is stopped.")
    assert str(doomed.var / "log" / "bot.log") in lines[0]
    # The end of the log says why.
    assert "no-such-level" in output.lower()
    for port in (doomed.web_port, doomed.actions_port, doomed.rasa_port):
        assert not listening_addresses(port)
