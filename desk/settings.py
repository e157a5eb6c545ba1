"""Settings, read once from the environment. A wrong value stops the start with its name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from desk.errors import InvalidSetting
from desk.outbox_settings import SMS_TEMPLATE, OutboxSettings, read_headers, read_template

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Settings:
    """Every setting of the three processes. ``.env.example`` explains each in plain words.

    Units: ports are TCP ports, ``*_seconds`` are seconds, paths are absolute. What may hold a
    password stays out of ``repr``, and so out of logs.
    """

    database_url: str = field(repr=False)
    secret: str = field(repr=False)
    web_host: str
    web_port: int
    actions_port: int
    rasa_port: int
    rasa_timeout_seconds: float
    knowledge_dir: Path
    var_dir: Path
    models_dir: Path
    https: bool
    trusted_proxies: str
    messages_per_minute: int
    conversations_per_minute: int
    recheck_months: int
    log_level: str
    outbox: OutboxSettings

    @property
    def rasa_url(self) -> str:
        return f"http://127.0.0.1:{self.rasa_port}"

    @property
    def actions_url(self) -> str:
        return f"http://127.0.0.1:{self.actions_port}"


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read all settings.

    Raises ``InvalidSetting`` with ``name`` and ``value`` for the first malformed one. The secret
    comes from ``DESK_SECRET`` or from the file ``secret`` that ``python -m desk init`` made.
    """
    read = _Reader(os.environ if environment is None else environment)
    var_dir = read.path("DESK_VAR", ROOT / "var")
    return Settings(
        database_url=read.text("DATABASE_URL", f"sqlite:///{var_dir / 'desk.db'}"),
        secret=read.secret("DESK_SECRET", var_dir / "secret"),
        web_host=read.text("WEB_HOST", "127.0.0.1"),
        web_port=read.port("WEB_PORT", 8000),
        actions_port=read.port("ACTIONS_PORT", 5055),
        rasa_port=read.port("RASA_PORT", 5005),
        rasa_timeout_seconds=read.number("RASA_TIMEOUT_SECONDS", 10.0, least=0.1, most=120),
        knowledge_dir=read.path("KNOWLEDGE_DIR", ROOT / "knowledge"),
        var_dir=var_dir,
        models_dir=read.path("MODELS_DIR", ROOT / "models"),
        https=read.flag("HTTPS", False),
        trusted_proxies=read.text("TRUSTED_PROXIES", "127.0.0.1"),
        messages_per_minute=read.whole("MESSAGES_PER_MINUTE", 60, least=1, most=100_000),
        conversations_per_minute=read.whole("CONVERSATIONS_PER_MINUTE", 30, least=1, most=100_000),
        recheck_months=read.whole("RECHECK_MONTHS", 6, least=1, most=120),
        log_level=read.choice("LOG_LEVEL", "INFO", {"DEBUG", "INFO", "WARNING", "ERROR"}),
        outbox=_read_outbox(read),
    )


def _read_outbox(read: _Reader) -> OutboxSettings:
    """Where messages go, and the shape of a text message's request, checked before any is sent."""
    method = read.choice("SMS_METHOD", "POST", {"GET", "POST"})
    shape = read.choice("SMS_FORMAT", "json", {"form", "json"})
    if (method, shape) == ("GET", "json"):
        raise InvalidSetting(name="SMS_FORMAT", value=shape, expected="form, when SMS_METHOD=GET")
    found = OutboxSettings(
        wecom_url=read.url("WECOM_URL"),
        webhook_url=read.url("WEBHOOK_URL"),
        webhook_secret=read.text("WEBHOOK_SECRET", ""),
        sms_url=read.url("SMS_URL"),
        sms_method=method,
        sms_format=shape,
        sms_template=read.text("SMS_TEMPLATE", SMS_TEMPLATE),
        sms_headers=read.text("SMS_HEADERS", "{}"),
        sms_accepts=read.text("SMS_ACCEPTS", ""),
        proxy=read.url("OUTBOX_PROXY"),
        public_url=read.url("PUBLIC_URL").rstrip("/"),
    )
    if found.sms_url:
        read.made("SMS_TEMPLATE", lambda: read_template(found.sms_template, shape), shape)
        read.made("SMS_HEADERS", lambda: read_headers(found.sms_headers), "a JSON object of texts")
    return found


class _Reader:
    """Typed look-ups that name the setting when its value is wrong."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def text(self, name: str, default: str) -> str:
        return self._environment.get(name, "").strip() or default

    def path(self, name: str, default: Path) -> Path:
        return Path(self.text(name, str(default))).expanduser().resolve()

    def number(self, name: str, default: float, *, least: float, most: float) -> float:
        value = self.text(name, str(default))
        try:
            number = float(value)
        except ValueError:
            raise InvalidSetting(name=name, value=value, expected="a number") from None
        if not least <= number <= most:
            raise InvalidSetting(name=name, value=value, expected=f"{least:g} to {most:g}")
        return number

    def whole(self, name: str, default: int, *, least: int, most: int) -> int:
        number = self.number(name, default, least=least, most=most)
        if number != int(number):
            raise InvalidSetting(
                name=name, value=self.text(name, ""), expected=f"a whole number, {least} to {most}"
            )
        return int(number)

    def port(self, name: str, default: int) -> int:
        return self.whole(name, default, least=1, most=65535)

    def flag(self, name: str, default: bool) -> bool:
        value = self.text(name, "true" if default else "false").lower()
        if value not in {"true", "false"}:
            raise InvalidSetting(name=name, value=value, expected="true or false")
        return value == "true"

    def choice(self, name: str, default: str, allowed: set[str]) -> str:
        value = self.text(name, default)
        if value not in allowed:
            raise InvalidSetting(name=name, value=value, expected=" | ".join(sorted(allowed)))
        return value

    def url(self, name: str) -> str:
        value = self.text(name, "")
        try:
            parts = urlsplit(value)
            right = parts.scheme in {"http", "https"} and bool(parts.hostname)
            _ = parts.port
        except ValueError:
            right = False
        if value and not right:
            # It may hold a key.
            raise InvalidSetting(name=name, value="(hidden)", expected="http(s)://host/…")
        return value

    def made(self, name: str, make: Callable[[], object], expected: str) -> None:
        """Raises ``InvalidSetting`` if nothing can be made of the value."""
        try:
            make()
        except ValueError:
            raise InvalidSetting(name=name, value="(hidden)", expected=expected) from None

    def secret(self, name: str, file: Path) -> str:
        value = self._environment.get(name, "").strip()
        if not value and file.is_file():
            value = file.read_text(encoding="utf-8").strip()
        if value and len(value) < 32:
            raise InvalidSetting(name=name, value="(hidden)", expected="at least 32 characters")
        return value
