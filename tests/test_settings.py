"""Settings: typed, with defaults, and loud when they are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from desk.errors import InvalidSetting
from desk.settings import ROOT, Settings, read_settings


def settings(directory: Path, **environment: str) -> Settings:
    """Settings of an environment of one's own, in a folder of one's own."""
    return read_settings({"DESK_VAR": str(directory)} | environment)


def test_an_empty_environment_is_enough(tmp_path: Path) -> None:
    found = settings(tmp_path)
    assert found.database_url == f"sqlite:///{tmp_path / 'desk.db'}"
    assert (found.web_host, found.web_port) == ("127.0.0.1", 8000)
    assert found.rasa_url == "http://127.0.0.1:5005"
    assert found.actions_url == "http://127.0.0.1:5055"
    assert found.knowledge_dir == ROOT / "knowledge"
    assert found.https is False
    assert found.secret == ""


def test_values_are_taken_from_the_environment(tmp_path: Path) -> None:
    found = settings(
        tmp_path,
        DATABASE_URL="postgresql+psycopg://desk@db/desk",
        WEB_PORT="8443",
        HTTPS="true",
        RASA_TIMEOUT_SECONDS="2.5",
        MESSAGES_PER_MINUTE="5",
        LOG_LEVEL="DEBUG",
        KNOWLEDGE_DIR=str(tmp_path),
    )
    assert found.database_url == "postgresql+psycopg://desk@db/desk"
    assert (found.web_port, found.https, found.rasa_timeout_seconds) == (8443, True, 2.5)
    assert (found.messages_per_minute, found.log_level) == (5, "DEBUG")
    assert found.knowledge_dir == tmp_path


@pytest.mark.parametrize("value", ["", "   "])
def test_an_empty_value_means_the_default(tmp_path: Path, value: str) -> None:
    assert settings(tmp_path, WEB_PORT=value, HTTPS=value, LOG_LEVEL=value).web_port == 8000


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEB_PORT", "http"),
        ("WEB_PORT", "0"),
        ("WEB_PORT", "65536"),
        ("WEB_PORT", "80.5"),
        ("ACTIONS_PORT", "-1"),
        ("RASA_PORT", "5005 5006"),
        ("RASA_TIMEOUT_SECONDS", "soon"),
        ("RASA_TIMEOUT_SECONDS", "nan"),
        ("RASA_TIMEOUT_SECONDS", "inf"),
        ("RASA_TIMEOUT_SECONDS", "0"),
        ("HTTPS", "yes"),
        ("LOG_LEVEL", "debug"),
        ("MESSAGES_PER_MINUTE", "0"),
        ("MESSAGES_PER_MINUTE", "many"),
        ("MESSAGES_PER_MINUTE", "1.5"),
        ("CONVERSATIONS_PER_MINUTE", "1e9"),
    ],
)
def test_a_malformed_value_names_the_setting(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(InvalidSetting) as caught:
        settings(tmp_path, **{name: value})
    assert caught.value.facts["name"] == name
    assert caught.value.facts["value"] == value
    assert caught.value.facts["expected"]


def test_a_short_secret_is_refused_and_not_shown(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting) as caught:
        settings(tmp_path, DESK_SECRET="hunter2")
    assert caught.value.facts["name"] == "DESK_SECRET"
    assert "hunter2" not in str(caught.value)


def test_the_secret_may_come_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("f" * 40 + "\n")
    assert settings(tmp_path).secret == "f" * 40
    assert settings(tmp_path, DESK_SECRET="e" * 32).secret == "e" * 32


def test_a_short_secret_in_the_file_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("short")
    with pytest.raises(InvalidSetting):
        settings(tmp_path)


def test_relative_paths_become_absolute(tmp_path: Path) -> None:
    assert settings(tmp_path, MODELS_DIR="models").models_dir.is_absolute()


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(AttributeError):
        settings(tmp_path).web_port = 1  # type: ignore[misc]


def test_a_secret_does_not_slip_into_a_log_with_the_settings(tmp_path: Path) -> None:
    assert "e" * 32 not in repr(settings(tmp_path, DESK_SECRET="e" * 32))
