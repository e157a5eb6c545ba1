"""Where messages out go: the channels that are on, and the shape of a text message's request."""

from __future__ import annotations

import json
import string
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

# What the template of a text message's request may mention.
PLACEHOLDERS = frozenset(
    {"id", "event", "phone", "text", "code", "company", "time", "place", "link"}
)
SMS_TEMPLATE = '{"id": "{id}", "phone": "{phone}", "text": "{text}"}'


@dataclass(frozen=True)
class OutboxSettings:
    """Addresses of the other sides; an empty one is off. Addresses, templates and headers may hold
    keys: they stay out of ``repr``, and so out of logs.

    ``sms_accepts``: a text that the gateway's reply holds when it took the message; empty: any
    reply with a status of 2xx does. ``public_url``: where people open the desk, for links.
    """

    wecom_url: str = field(default="", repr=False)
    webhook_url: str = field(default="", repr=False)
    webhook_secret: str = field(default="", repr=False)
    sms_url: str = field(default="", repr=False)
    sms_method: str = "POST"
    sms_format: str = "json"
    sms_template: str = field(default=SMS_TEMPLATE, repr=False)
    sms_headers: str = field(default="{}", repr=False)
    sms_accepts: str = field(default="", repr=False)
    proxy: str = field(default="", repr=False)
    public_url: str = ""

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that are on."""
        urls = {"wecom": self.wecom_url, "webhook": self.webhook_url, "sms": self.sms_url}
        return tuple(name for name, url in urls.items() if url)


def read_template(template: str, shape: str) -> dict[str, Any]:
    """The template of a request: a JSON object, or the fields of a form. Raises ``ValueError`` for
    any other text and for a placeholder that does not exist."""
    if shape == "json":
        body: Any = json.loads(template)
    else:
        body = dict(parse_qsl(template, keep_blank_values=True, strict_parsing=True))
    if not isinstance(body, dict):
        raise ValueError("not an object")
    _filled(body, dict.fromkeys(PLACEHOLDERS, ""))
    return body


def read_headers(text: str) -> dict[str, str]:
    """Headers as a JSON object of texts; raises ``ValueError``."""
    headers = json.loads(text)
    if not isinstance(headers, dict) or not all(isinstance(v, str) for v in headers.values()):
        raise ValueError("not an object of texts")
    return headers


def fill(template: str, shape: str, facts: Mapping[str, str]) -> dict[str, Any]:
    """The request's contents. Facts fill in texts, never the structure around them.

    >>> fill('{"to": ["{phone}"]}', "json", {"phone": '1", "2'})
    {'to': ['1", "2']}
    """
    filled: dict[str, Any] = _filled(read_template(template, shape), facts)
    return filled


def _filled(part: Any, facts: Mapping[str, str]) -> Any:
    if isinstance(part, str):
        # Not str.format: that would also look up attributes of facts.
        for _, name, _, _ in string.Formatter().parse(part):
            if name is not None and name not in PLACEHOLDERS:
                raise ValueError(f"no placeholder: {name}")
        return _replaced(part, facts)
    if isinstance(part, dict):
        return {name: _filled(value, facts) for name, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, facts) for value in part]
    return part


def _replaced(text: str, facts: Mapping[str, str]) -> str:
    """One pass, so that a fact that looks like a placeholder stays what it is."""
    return "".join(
        literal + (facts.get(name, "") if name is not None else "")
        for literal, name, _, _ in string.Formatter().parse(text)
    )
